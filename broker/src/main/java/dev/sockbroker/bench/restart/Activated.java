package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;

/**
 * A server under systemd's socket activation. As with {@code systemctl restart}, the current server
 * ends first. Clients then wait in the listener's queue until the next server is ready. systemd
 * itself is not needed: a shell keeps the listener that systemd-socket-activate opened, and starts
 * one server after the other.
 */
final class Activated implements Site {
  private static final String KEEPER = "while :; do \"$@\"; done";

  private final int port = Ports.free();
  private final Server keeper;

  /**
   * @param line the command of a server, which gets its listener as fd 3
   */
  Activated(List<String> line) throws IOException {
    keeper = Server.launch(activate(line));
    // the first connection starts the shell
    Ports.awaitListening(port);
    new Socket(InetAddress.getLoopbackAddress(), port).close();
    keeper.awaitReady();
  }

  private List<String> activate(List<String> line) {
    List<String> keep =
        List.of(
            "systemd-socket-activate", "--listen=127.0.0.1:" + port, "sh", "-c", KEEPER, "keeper");
    return Server.concat(keep, line);
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public void replace(End end) throws IOException {
    end.of(server());
    keeper.awaitReady();
  }

  private ProcessHandle server() throws IOException {
    return keeper
        .children()
        .findFirst()
        .orElseThrow(() -> new IOException("there is no server to end"));
  }

  @Override
  public void close() throws IOException {
    ProcessHandle last = server();
    keeper.end(End.FORCED);
    End.FORCED.of(last);
  }
}
