package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * The same Python server without the broker: other ways to replace a server, so that one run can
 * compare the figures. These make no promises.
 */
final class Rivals {
  /** Binds a port and then becomes the server, which gets its listener as fd 3. */
  private static final String BIND =
      """
      import os, socket, sys
      listener = socket.socket()
      listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
      listener.bind(("127.0.0.1", int(sys.argv[1])))
      listener.listen(512)
      os.dup2(listener.fileno(), 3)
      os.set_inheritable(3, True)
      os.execvp("python3", ["python3", sys.argv[2]])
      """;

  private final String server;
  private final Consumer<String> progress;
  private final Consumer<Finding> found;

  /**
   * @param server the Python server's file
   */
  Rivals(String server, Consumer<String> progress, Consumer<Finding> found) {
    this.server = server;
    this.progress = progress;
    this.found = found;
  }

  void all(int replaced, int killed) throws IOException {
    Replacing reusePort = rival("SO_REUSEPORT", this::reusingPort);
    found.accept(reusePort.gracefully(replaced));
    found.accept(reusePort.byForce(killed));
    Replacing activated =
        rival("socket activation", () -> new Activated(List.of("python3", server)));
    found.accept(activated.gracefully(replaced));
    found.accept(activated.byForce(killed));
    Replacing reloaded = rival("HAProxy, reloaded", () -> new Reloaded(this::bound));
    found.accept(reloaded.gracefully(replaced));
  }

  private Replacing rival(String name, Site.Start site) {
    return new Replacing(name, site, progress);
  }

  private Site reusingPort() throws IOException {
    int port = Ports.free();
    return new Overlapping(port, bound(port));
  }

  private List<String> bound(int port) {
    return List.of("python3", "-c", BIND, "" + port, server);
  }
}
