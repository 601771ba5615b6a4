package dev.sockbroker.bench;

import dev.sockbroker.child.ChildFailedException;
import dev.sockbroker.child.Programs;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another program in the broker's place, so that one run can compare their figures. It accepts the
 * peer's connections and forwards their bytes to a worker that owns its socket. It has the
 * configuration that a user would start with.
 */
final class Proxy implements Closeable {
  static final List<String> LANES =
      List.of(
          "haproxy-tcp",
          "haproxy-tcp-splice",
          "haproxy-unix",
          "haproxy-unix-splice",
          "nginx-tcp",
          "nginx-unix",
          "socat-tcp",
          "socat-unix");

  /** As most users configure them. */
  static final List<String> USUAL = List.of("haproxy-tcp", "haproxy-unix");

  private static final Path NGINX_STREAM = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
  private static final long PATIENCE_SECONDS = 10;

  private final Process process;
  private final int port;

  private Proxy(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Whether the worker behind it listens at a path. */
  static boolean isToPath(String lane) {
    return lane.contains("-unix");
  }

  /** The program of a lane. */
  static String program(String lane) {
    return lane.substring(0, lane.indexOf('-'));
  }

  static boolean isInstalled(String lane) {
    // Debian has the module in a separate package; others have it built in
    boolean isWhole =
        !program(lane).equals("nginx")
            || Files.exists(NGINX_STREAM)
            || !Files.exists(NGINX_STREAM.getParent());
    return Programs.isInstalled(program(lane)) && isWhole;
  }

  /**
   * Starts the proxy and waits until it listens.
   *
   * @param wrapper the command that runs it at its place
   * @param backend the worker's address, in the form of {@link Endpoint}
   * @param directory for its files
   */
  static Proxy start(String lane, List<String> wrapper, String backend, Path directory)
      throws IOException {
    if (!isInstalled(lane)) {
      throw new ChildFailedException(program(lane) + " is not installed; lane " + lane);
    }
    int port = freePort();
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(
        switch (program(lane)) {
          case "haproxy" -> haproxy(lane, port, backend, directory);
          case "nginx" -> nginx(lane, port, backend, directory);
          case "socat" -> socat(port, backend);
          default -> throw new IllegalArgumentException(lane);
        });
    Path log = directory.resolve(lane + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    Proxy proxy = new Proxy(builder.start(), port);
    try {
      proxy.awaitListening(lane, log);
      return proxy;
    } catch (IOException e) {
      proxy.close();
      throw e;
    }
  }

  long pid() {
    return process.pid();
  }

  /** The address that the peer connects to. */
  String entrance() {
    return Integer.toString(port);
  }

  private static List<String> haproxy(String lane, int port, String backend, Path directory)
      throws IOException {
    String server = backend.startsWith("/") ? "unix@" + backend : "127.0.0.1:" + backend;
    String splice = lane.endsWith("-splice") ? "option splice-auto" : "";
    Path file = directory.resolve(lane + ".cfg");
    Files.writeString(
        file,
        """
        global
          maxconn 2000
          nbthread 1
        defaults
          mode tcp
          timeout connect 5s
          timeout client 10m
          timeout server 10m
          %s
        listen bench
          bind 127.0.0.1:%d
          server worker %s
        """
            .formatted(splice, port, server));
    return List.of(Programs.path("haproxy"), "-db", "-f", file.toString());
  }

  private static List<String> nginx(String lane, int port, String backend, Path directory)
      throws IOException {
    String server = backend.startsWith("/") ? "unix:" + backend : "127.0.0.1:" + backend;
    Path file = directory.resolve(lane + ".conf");
    Files.writeString(
        file,
        """
        %s
        daemon off;
        master_process off;
        pid %s.pid;
        events { worker_connections 4096; }
        stream {
          server {
            listen 127.0.0.1:%d;
            proxy_timeout 10m;
            proxy_pass %s;
          }
        }
        """
            .formatted(
                Files.exists(NGINX_STREAM) ? "load_module " + NGINX_STREAM + ";" : "",
                file,
                port,
                server));
    return List.of(
        Programs.path("nginx"), "-e", "stderr", "-p", directory.toString(), "-c", file.toString());
  }

  private static List<String> socat(int port, String backend) {
    String server =
        backend.startsWith("/") ? "UNIX-CONNECT:" + backend : "TCP:127.0.0.1:" + backend;
    String listener = "TCP-LISTEN:" + port + ",bind=127.0.0.1,reuseaddr,fork,backlog=1024";
    // its default of 8 KiB is for terminals
    return List.of(Programs.path("socat"), "-b", "65536", listener + ",nodelay", server);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Does not connect, because the worker would treat the connection as the peer's. */
  private void awaitListening(String lane, Path log) throws IOException {
    String listening = ":%04X 00000000:0000 0A".formatted(port);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Files.readString(Path.of("/proc/net/tcp")).contains(listening)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new ChildFailedException(
            program(lane) + " did not start: " + Files.readString(log).strip());
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
