package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.KernelSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
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

  /** As a name that the locale has no bytes for: with LANG=C those are all beyond ASCII. */
  @Test
  void shouldLeaveWhatTheJdkCannotName() {
    assertThat(BoundPath.of("bound\0elsewhere")).isNull();
  }

  private KernelSocket bound(Path path) {
    KernelSocket socket = loop.open(Family.UNIX, SocketType.STREAM);
    loop.run(() -> socket.bind(Address.unix(path.toString())));
    return socket;
  }
}
