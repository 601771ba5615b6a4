package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No client gets a socket into the broker's own directory, where it could replace the broker. */
class OwnDirectoryTest {
  @TempDir Path directory;

  @Test
  void shouldBeClosedToClients() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start();
        WireClient client = WireClient.welcomed(broker.socket())) {
      Path own = broker.socket().getParent();
      Path link = Files.createSymbolicLink(directory.resolve("link"), own);
      refuse(client, own.resolve("other.sock"));
      refuse(client, link.resolve("other.sock"));
      refuse(client, own.resolve("../" + own.getFileName() + "/other.sock"));
      Files.delete(broker.socket());
      refuse(client, broker.socket());
      assertThat(own.resolve("other.sock")).doesNotExist();
    }
  }

  private static void refuse(WireClient client, Path path) throws Exception {
    Address address = Address.unix(path.toString());
    Reply.Error bind =
        client.refused(
            Errno.EPERM, Request.Open.of(Family.UNIX, SocketType.STREAM).boundTo(address));
    assertThat(bind.message()).contains("the broker's own socket and its directory are closed");
  }
}
