package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that reach no broker, or find no room in one, report which case it is. */
class NoBrokerTest {
  @TempDir Path directory;

  /** Another server closes the connection at the first unknown line, or answers it. */
  @ParameterizedTest
  @ValueSource(strings = {"", "-ERR unknown command\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n"})
  void shouldSayThatItIsNoBroker(String answer) throws Exception {
    Path socket = directory.resolve("other.sock");
    ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    other.bind(UnixDomainSocketAddress.of(socket));
    Thread server = new Thread(() -> answerAll(other, answer));
    server.start();
    try {
      Command.Result list = Command.to(socket).run("list");
      assertThat(list.exitCode()).isEqualTo(4);
      assertThat(list.err())
          .contains("what listens at " + socket + " is not a broker", "ss -xlp src " + socket);

      assertThatThrownBy(() -> Broker.connect(socket))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("what listens at " + socket + " is not a broker");
    } finally {
      other.close();
      server.join();
    }
  }

  private static void answerAll(ServerSocketChannel listener, String answer) {
    try {
      while (true) {
        try (SocketChannel client = listener.accept()) {
          client.read(ByteBuffer.allocate(1024));
          client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
        }
      }
    } catch (ClosedChannelException e) {
      // the test is over
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldSayThatAPathIsTooLong() throws Exception {
    Path socket = Path.of("/tmp", "x".repeat(110));
    Command.Result list = Command.to(socket).run("list");
    assertThat(list.exitCode()).isEqualTo(4);
    assertThat(list.err()).contains("has 115 bytes", "at most 107", "--socket PATH");
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 14, 16, 18})
  void shouldSayThatItHasTooFewOpenFiles(int limit) throws Exception {
    try (BrokerProcess broker = BrokerProcess.start()) {
      String[] arguments = {
        "exec",
        "--open",
        "a=tcp-listen:127.0.0.1:0",
        "--open",
        "b=tcp-listen:127.0.0.1:0",
        "--open",
        "c=tcp-listen:127.0.0.1:0",
        "--",
        "true"
      };
      Command.Result exec = Command.to(broker.socket()).withOpenFiles(limit).run(arguments);
      if (exec.exitCode() != 0) {
        assertThat(exec.err()).startsWith("sockbroker: ").contains("ulimit -n").hasLineCount(1);
      }
    }
  }
}
