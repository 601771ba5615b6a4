package dev.sockbroker.cli;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The program that the JVM runs while it records its AOT cache. It runs the commands that people
 * wait for against a stub broker in the same process, which gives fixed answers. So a cache can be
 * made without a real broker. The launcher starts it:
 *
 * <pre>java -XX:AOTCacheOutput=FILE -cp sockbroker.jar dev.sockbroker.cli.AotTraining</pre>
 */
final class AotTraining {
  private AotTraining() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("sockbroker-training");
    Path path = directory.resolve("broker.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      Thread.ofPlatform().daemon().start(() -> serve(server));
      String socket = path.toString();
      // the launcher redirects the output to /dev/null
      Terminal terminal = Terminal.ofProcess(System.getenv());
      Main.run(terminal, "list", "--socket", socket);
      Main.run(terminal, "list", "--json", "--socket", socket, "--state", "listening");
      Main.run(terminal, "show", "web", "--socket", socket);
      Main.run(terminal, "get", "web", "SO_RCVBUF", "--socket", socket);
      Main.run(terminal, "ping", "-c", "1", "--socket", socket);
      Main.run(terminal, "list", "--socket", socket + ".absent");
      // the stub refuses the fd connection, so the process does not become another program
      String web = "web=tcp-listen:127.0.0.1:0";
      Main.run(terminal, "exec", "--socket", socket, "--open", web, "--", "/bin/sh");
      Main.run(terminal, "list", "--help");
    } finally {
      Files.deleteIfExists(path);
      Files.delete(directory);
    }
  }

  private static void serve(ServerSocketChannel server) {
    try {
      while (true) {
        try (SocketChannel client = server.accept()) {
          answer(client);
        } catch (EOFException e) {
          // that command has ended; the next one opens a new connection
          continue;
        }
      }
    } catch (IOException e) {
      // the listener is closed, so the training has ended
      return;
    }
  }

  private static void answer(SocketChannel client) throws IOException {
    FrameReader frames = new FrameReader(1 << 16);
    FrameCodec codec = new FrameCodec();
    while (true) {
      Frame request = codec.decode(frames.read(client::read), frames.frameBytesMax());
      client.write(codec.encode(request.requestId(), reply(request.message()), 0));
    }
  }

  private static Reply reply(Message request) {
    return switch (request) {
      case Request.Hello hello ->
          new Reply.Welcome(
              Message.VERSION, 1, 1, 0, true, "", new Reply.Limits(1 << 20, 1, 1, 1, 1, 1, 1));
      case Request.ListDescriptors list ->
          new Reply.Listing(List.of(row(1, "web"), row(2, null)), list.afterSocket() == 0, 2, 2);
      case Request.Show show -> shown();
      case Request.Attach attach ->
          new Reply.Opened(
              1, 1, false, Family.INET, SocketType.STREAM, 6, Set.of(), null, null, 0, null);
      case Request.GetOption option -> new Reply.Option(212_992L);
      case Request.Ping ping -> new Reply.Done();
      default -> new Reply.Error("ENOSYS", Errno.ENOSYS, "not in training", false);
    };
  }

  private static Reply.DescriptorInfo row(long id, String name) {
    return new Reply.DescriptorInfo(
        id,
        id,
        name,
        0L,
        Family.INET,
        SocketType.STREAM,
        SocketState.LISTENING,
        Address.inet("127.0.0.1", 8080),
        null,
        1,
        1,
        0,
        "worker",
        EnumSet.allOf(Right.class),
        new Reply.Registration(1, 1, 1, 0, EnumSet.of(NetworkEvent.ACCEPT), 1),
        0,
        2048,
        1 << 20,
        0,
        192_000,
        4711,
        false,
        0,
        0,
        false,
        60_000L,
        null,
        0,
        false);
  }

  private static Reply.Shown shown() {
    return new Reply.Shown(
        1,
        "web",
        0L,
        Family.INET,
        SocketType.STREAM,
        6,
        SocketState.LISTENING,
        Address.inet("127.0.0.1", 8080),
        null,
        true,
        null,
        60_000L,
        EnumSet.allOf(Right.class),
        null,
        0,
        0,
        192_000,
        4711,
        null,
        List.of(row(1, "web")),
        0,
        List.of(),
        0,
        Map.of("SO_RCVBUF", 212_992L),
        false,
        null,
        0);
  }
}
