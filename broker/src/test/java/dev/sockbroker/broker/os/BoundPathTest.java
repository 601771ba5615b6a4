package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundPathTest {
  private final KernelLoop loop = new KernelLoop();
  @TempDir Path directory;

  @AfterEach
  void close() {
    loop.close();
  }

  @Test
  void shouldTakeThePathAwayWithItsSocket() {
    Path path = directory.resolve("s");
    loop.run(bound(path)::close);
    assertThat(path).doesNotExist();
  }

  @Test
  void shouldLeaveAPathThatIsAnothersNow() throws IOException {
    Path path = directory.resolve("s");
    KernelSocket first = bound(path);
    // Moved and not deleted, or its inode number could come again.
    Files.move(path, directory.resolve("moved"));
    KernelSocket second = bound(path);
    loop.run(first::close);
    assertThat(path).exists();
    loop.run(second::close);
    assertThat(path).doesNotExist();
  }

  /** The name of another file can be given away, and a directory's name too. */
  @Test
  void shouldNotFollowADirectoryThatBecameALink() throws IOException {
    Path given = Files.createDirectory(directory.resolve("given"));
    Path others = Files.createDirectory(directory.resolve("others"));
    KernelSocket socket = bound(given.resolve("s"));
    Path moved = Files.move(given, directory.resolve("moved"));
    Files.createSymbolicLink(given, others);
    // The same file in another directory: device and inode alone would not tell.
    Path link = Files.createLink(others.resolve("s"), moved.resolve("s"));
    loop.run(socket::close);
    assertThat(link).exists();
    assertThat(moved.resolve("s")).doesNotExist();
  }

  @Test
  void shouldLeaveALinkInItsPlace() throws IOException {
    Path path = directory.resolve("s");
    KernelSocket socket = bound(path);
    Path precious = Files.writeString(directory.resolve("precious"), "keep");
    Files.delete(path);
    Files.createSymbolicLink(path, precious);
    loop.run(socket::close);
    assertThat(path).isSymbolicLink();
    assertThat(precious).hasContent("keep");
  }

  /** The link leads to the file itself, so following it would find the right device and inode. */
  @Test
  void shouldLeaveALinkToItsOwnFile() throws IOException {
    Path path = directory.resolve("s");
    KernelSocket socket = bound(path);
    Path moved = Files.move(path, directory.resolve("moved"));
    Files.createSymbolicLink(path, moved);
    loop.run(socket::close);
    assertThat(path).isSymbolicLink();
  }

  /** Somebody moves the broker's file away, and another program binds there immediately. */
  @Test
  void shouldNotTakeTheFileOfAnotherProgramForItsOwn() throws IOException {
    Path path = directory.resolve("s");
    Path away = directory.resolve("away");
    try (UnixTestSocket socket = new UnixTestSocket(UnixTestSocket.STREAM, away.toString());
        ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      BoundPath bound =
          loop.call(
              () ->
                  BoundPath.bind(
                      loop.kernel, socket.fd(), path.toString(), () -> bind(other, path)));
      assertThat(bound).isNull();
      assertThat(path).exists();
    }
  }

  private static void bind(ServerSocketChannel socket, Path path) {
    try {
      socket.bind(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another file system can have a file with the same inode number. */
  @Test
  void shouldTellFilesApartByDeviceAndInode() {
    FileIdentity file = new FileIdentity(1, 2, 0140755, 3);
    assertThat(file.isSame(new FileIdentity(1, 2, 0140700, 4))).isTrue();
    assertThat(file.isSame(new FileIdentity(9, 2, 0140755, 3))).isFalse();
    assertThat(file.isSame(new FileIdentity(1, 9, 0140755, 3))).isFalse();
    assertThat(file.isSame(null)).isFalse();
  }

  @Test
  void shouldGiveTheFileThePermissionsThatTheUmaskLeaves() throws IOException {
    Path path = directory.resolve("s");
    bound(path);
    int umask = Integer.parseInt(umask(), 8);
    int mode = (Integer) Files.getAttribute(path, "unix:mode");
    assertThat(mode & 07777).isEqualTo(0777 & ~umask);
  }

  private static String umask() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("Umask:"))
        .map(line -> line.substring("Umask:".length()).strip())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldRefuseARelativePath() {
    KernelSocket socket = loop.open(Family.UNIX, SocketType.STREAM);
    Address relative = Address.unix("s");
    assertRefused(Errno.EINVAL, "absolute", () -> socket.bind(relative));
    assertThat(loop.call(() -> socket.connect(relative))).isEqualTo(-Errno.EINVAL);
  }

  @Test
  void shouldKeepNoDescriptor() {
    int before = KernelLoop.openDescriptors();
    loop.run(bound(directory.resolve("s"))::close);
    assertThat(KernelLoop.openDescriptors()).isEqualTo(before);
  }

  private void assertRefused(int errno, String word, Runnable step) {
    assertThatThrownBy(() -> loop.run(step))
        .isInstanceOfSatisfying(
            RefusedException.class, it -> assertThat(it.errno()).isEqualTo(errno))
        .hasMessageContaining(word);
  }

  private KernelSocket bound(Path path) {
    KernelSocket socket = loop.open(Family.UNIX, SocketType.STREAM);
    loop.run(() -> socket.bind(Address.unix(path.toString())));
    return socket;
  }
}
