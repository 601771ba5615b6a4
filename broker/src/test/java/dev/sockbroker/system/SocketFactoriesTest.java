package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerServerSocketFactory;
import dev.sockbroker.client.BrokerSocketFactory;
import dev.sockbroker.client.DescriptorInfo;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Features of the factories beyond the JDK's: the owner of the sockets, names, a restart of the
 * broker.
 */
class SocketFactoriesTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @TempDir private Path directory;

  private static void assertEchoes(Socket client, Socket server) throws IOException {
    client.getOutputStream().write("hello".getBytes(UTF_8));
    assertThat(server.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
  }

  /** Creates the factory by its class name, like many libraries. */
  @Test
  void shouldBeMadeByName() throws Exception {
    try (BrokerProcess process = BrokerProcess.start();
        Broker observer = Broker.connect(process.socket())) {
      String path = process.socket().toString();
      for (int i = 0; i < 3; i++) {
        SocketFactory clients =
            (SocketFactory)
                Class.forName("dev.sockbroker.client.BrokerSocketFactory")
                    .getConstructor(String.class)
                    .newInstance(path);
        ServerSocketFactory servers =
            (ServerSocketFactory)
                Class.forName("dev.sockbroker.client.BrokerServerSocketFactory")
                    .getConstructor(String.class)
                    .newInstance(path);
        try (ServerSocket listener = servers.createServerSocket(0, 1, LOOPBACK);
            Socket client = clients.createSocket(LOOPBACK, listener.getLocalPort());
            Socket server = listener.accept()) {
          assertEchoes(client, server);
          List<DescriptorInfo> rows = observer.list();
          assertThat(rows).hasSize(3);
          assertThat(rows.stream().map(DescriptorInfo::session).distinct())
              .as("one session for all factories of a path")
              .hasSize(1);
        }
      }
      assertThat(observer.list()).isEmpty();
    }
  }

  @Test
  void shouldShareANamedListener() throws Exception {
    try (BrokerProcess process = BrokerProcess.start();
        Broker one = Broker.connect(process.socket());
        Broker other = Broker.connect(process.socket())) {
      ServerSocketFactory first = new BrokerServerSocketFactory(one, "web", Duration.ofMinutes(1));
      ServerSocketFactory second =
          new BrokerServerSocketFactory(other, "web", Duration.ofMinutes(1));
      // the server sets options before it binds, like many servers
      ServerSocket listener = first.createServerSocket();
      listener.setReuseAddress(true);
      listener.setReceiveBufferSize(50_000);
      listener.bind(new InetSocketAddress(LOOPBACK, 0), 7);
      int port = listener.getLocalPort();
      assertThat(listener.getReceiveBufferSize()).isEqualTo(50_000);
      try (ServerSocket joined = second.createServerSocket(port, 1, LOOPBACK);
          Socket client = new Socket(LOOPBACK, port)) {
        assertThat(joined.getReceiveBufferSize()).isEqualTo(50_000);
        listener.close();
        try (Socket server = joined.accept()) {
          assertEchoes(client, server);
        }
      }
      try (Socket waiting = new Socket(LOOPBACK, port);
          ServerSocket next = second.createServerSocket(0, 1, LOOPBACK);
          Socket server = next.accept()) {
        assertThat(next.getLocalPort()).as("retained").isEqualTo(port);
        assertEchoes(waiting, server);
        assertThatThrownBy(() -> first.createServerSocket(port == 1 ? 2 : 1, 1, LOOPBACK))
            .as("one name is one listener")
            .isExactlyInstanceOf(BindException.class);
      }
      assertThat(one.list())
          .singleElement()
          .satisfies(it -> assertThat(it.id()).as("held by nobody").isZero());
    }
  }

  @Test
  void shouldWrapWhatIsHeldAlready() throws Exception {
    try (BrokerProcess process = BrokerProcess.start();
        Broker broker = Broker.connect(process.socket())) {
      SharedSocket web = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
      try (ServerSocket listener = BrokerServerSocketFactory.serverSocket(web);
          Socket client = new Socket(LOOPBACK, listener.getLocalPort());
          SharedSocket accepted = web.accept()) {
        SharedSocket moved = broker.redeem(accepted.duplicate(Target.pid(broker.pid())));
        try (Socket server = BrokerSocketFactory.socket(moved)) {
          assertThat(server.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
          assertThat(server.getLocalPort()).isEqualTo(listener.getLocalPort());
          assertEchoes(server, client);
          assertEchoes(client, server);
        }
        assertThat(moved.isClosed()).isTrue();
        assertThatThrownBy(() -> BrokerServerSocketFactory.serverSocket(accepted))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BrokerSocketFactory.socket(web))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void shouldGoOnAfterTheBrokersRestart() throws Exception {
    Path home = directory.resolve("broker");
    Path path = home.resolve("run/broker.sock");
    SocketFactory clients = new BrokerSocketFactory(path.toString());
    ServerSocketFactory servers = new BrokerServerSocketFactory(path.toString());
    assertThatThrownBy(() -> clients.createSocket(LOOPBACK, 1))
        .as("before there is one")
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("no broker at " + path);
    ServerSocket old;
    try (BrokerProcess process = BrokerProcess.startAt(home)) {
      old = servers.createServerSocket(0, 1, LOOPBACK);
      assertThat(process.pid()).isPositive();
    }
    assertThatThrownBy(old::accept).isInstanceOf(SocketException.class);
    old.close();
    try (BrokerProcess process = BrokerProcess.startAt(home);
        ServerSocket listener = servers.createServerSocket(0, 1, LOOPBACK);
        Socket client = clients.createSocket(LOOPBACK, listener.getLocalPort());
        Socket server = listener.accept()) {
      assertEchoes(client, server);
      assertThat(process.pid()).isPositive();
    }
  }

  /** Runs on 17 if Maven does, because {@code java.net} differs between JDKs. */
  @Test
  void shouldServeProgramsOnTheirOwnJvm() throws Exception {
    String program =
        """
        import dev.sockbroker.client.*;
        import java.io.*;
        import java.net.*;
        import java.util.*;
        import javax.net.*;

        public class Program {
          public static void main(String[] arguments) throws Exception {
            SocketFactory clients = new BrokerSocketFactory();
            ServerSocketFactory servers = new BrokerServerSocketFactory();
            InetAddress loopback = InetAddress.getLoopbackAddress();
            try (ServerSocket listener = servers.createServerSocket(0, 5, loopback);
                Socket client = clients.createSocket()) {
              client.setSoTimeout(50);
              client.setTcpNoDelay(true);
              client.connect(new InetSocketAddress(loopback, listener.getLocalPort()), 30_000);
              Socket server = listener.accept();
              try {
                client.getInputStream().read();
              } catch (SocketTimeoutException e) {
                System.out.println(e.getMessage());
              }
              server.getOutputStream().write('x');
              server.shutdownOutput();
              client.setSoTimeout(30_000);
              System.out.println(client.getInputStream().readAllBytes().length);
              System.out.println(server.getPort() == client.getLocalPort());
              System.out.println(client.getTcpNoDelay() + " " + client.getSoLinger());
              server.close();
              Thread accepting = Thread.currentThread();
              new Thread(
                      () -> {
                        try {
                          while (!sitsInAccept(accepting)) {
                            Thread.yield();
                          }
                          listener.close();
                        } catch (Exception e) {
                          e.printStackTrace();
                        }
                      })
                  .start();
              listener.accept();
            } catch (SocketException e) {
              System.out.println(e.getMessage());
            }
          }

          static boolean sitsInAccept(Thread thread) {
            return Arrays.stream(thread.getStackTrace())
                .anyMatch(it -> it.getMethodName().equals("accept"));
          }
        }
        """;
    String jar = WorkerJar.PATH.toString();
    String classPath = WorkerJar.compile(directory, jar, "Program", program);
    try (BrokerProcess process = BrokerProcess.start()) {
      Program.Result result =
          Program.run(
                  Map.of("SOCKBROKER_SOCKET", process.socket().toString()),
                  List.of(WorkerJar.JVM_OF_MAVEN, "-cp", classPath, "Program"))
              .orFail();
      assertThat(result.out().lines())
          .containsExactly("Read timed out", "1", "true", "true -1", "Socket closed");
    }
  }
}
