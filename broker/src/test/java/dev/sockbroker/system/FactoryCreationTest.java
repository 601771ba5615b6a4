package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every way in which a program that knows the class name of a factory can create it. The programs
 * run in separate JVMs, because most ways take the broker's path from the environment.
 */
class FactoryCreationTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** Prints the result of {@code each} for every way, then waits until its stdin ends. */
  private static final String PROGRAM =
      """
      import java.net.*;
      import java.util.*;
      import javax.net.*;

      public class Program {
        static final List<Object> OPEN = new ArrayList<>();

        public static void main(String[] arguments) throws Exception {
          Class<?> factory = Class.forName("dev.sockbroker.client." + arguments[0]);
          Properties none = new Properties();
          none.setProperty("user", "alice");
          Properties path = new Properties();
          path.setProperty("socketFactoryArg", System.getenv("SOCKBROKER_SOCKET"));
          use("no argument", factory.getConstructor().newInstance(), arguments);
          use("null", with(factory, String.class, null), arguments);
          use("empty", with(factory, String.class, ""), arguments);
          use("blank", with(factory, String.class, " "), arguments);
          use("path", with(factory, String.class, path.getProperty("socketFactoryArg")), arguments);
          use("no properties", with(factory, Properties.class, null), arguments);
          use("properties", with(factory, Properties.class, none), arguments);
          use("properties with a path", with(factory, Properties.class, path), arguments);
          use("getDefault", factory.getMethod("getDefault").invoke(null), arguments);
          use("getDefault of an object", factory.getMethod("getDefault").invoke(OPEN), arguments);
          System.out.println("done");
          System.in.read();
        }

        static Object with(Class<?> factory, Class<?> type, Object argument) throws Exception {
          return factory.getConstructor(type).newInstance(argument);
        }

        static void use(String way, Object factory, String[] arguments) throws Exception {
          InetAddress loopback = InetAddress.getLoopbackAddress();
          if (factory instanceof SocketFactory clients) {
            OPEN.add(clients.createSocket(loopback, Integer.parseInt(arguments[1])));
            System.out.println(way);
          } else {
            ServerSocket listener =
                ((ServerSocketFactory) factory).createServerSocket(0, 1, loopback);
            OPEN.add(listener);
            System.out.println(listener.getLocalPort());
          }
        }
      }
      """;

  private static final int WAYS = 10;

  /** The JDK's LDAP provider calls getDefault() of the configured class. */
  private static final String LDAP =
      """
      import java.util.*;
      import javax.naming.*;
      import javax.naming.directory.*;

      public class Program {
        public static void main(String[] arguments) throws Exception {
          List<DirContext> open = new ArrayList<>();
          for (String timeout : new String[] {null, "30000"}) {
            Hashtable<String, Object> environment = new Hashtable<>();
            environment.put(
                Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
            environment.put(Context.PROVIDER_URL, "ldap://127.0.0.1:" + arguments[0]);
            environment.put(
                "java.naming.ldap.factory.socket", "dev.sockbroker.client.BrokerSocketFactory");
            if (timeout != null) {
              environment.put("com.sun.jndi.ldap.connect.timeout", timeout);
              environment.put("com.sun.jndi.ldap.read.timeout", timeout);
            }
            DirContext context = new InitialDirContext(environment);
            open.add(context);
            System.out.println(
                context.getAttributes("cn=alice,dc=example,dc=com").get("sn").get());
          }
          System.in.read();
        }
      }
      """;

  @TempDir private Path directory;
  private BrokerProcess broker;

  @BeforeEach
  void start() {
    broker = BrokerProcess.start();
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void shouldConnectThroughTheBrokerHoweverItIsCreated() throws Exception {
    for (String java : WorkerJar.jvms()) {
      try (ServerSocket listener = new ServerSocket(0, 50, LOOPBACK);
          Running program =
              run(java, PROGRAM, "BrokerSocketFactory", "" + listener.getLocalPort());
          Broker observer = Broker.connect(broker.socket())) {
        assertThat(program.lines().limit(WAYS + 1).toList()).hasSize(WAYS + 1).endsWith("done");
        TcpOwners.assertConnectedByBroker(broker, listener.getLocalPort());
        assertThat(observer.list()).hasSize(WAYS);
      }
    }
  }

  @Test
  void shouldListenThroughTheBrokerHoweverItIsCreated() throws Exception {
    for (String java : WorkerJar.jvms()) {
      try (Running program = run(java, PROGRAM, "BrokerServerSocketFactory")) {
        List<String> lines = program.lines().limit(WAYS + 1).toList();
        assertThat(lines).hasSize(WAYS + 1).endsWith("done");
        for (String port : lines.subList(0, WAYS)) {
          TcpOwners.assertListensInBroker(broker, Integer.parseInt(port));
        }
      }
    }
  }

  @Test
  void shouldServeTheJdksLdapProvider() throws Exception {
    InMemoryDirectoryServer server = LdapServer.start();
    try {
      for (String java : WorkerJar.jvms()) {
        try (Running program = run(java, LDAP, "" + server.getListenPort())) {
          assertThat(program.lines().limit(2)).containsExactly("Liddell", "Liddell");
          TcpOwners.assertConnectedByBroker(broker, server.getListenPort());
        }
      }
    } finally {
      server.shutDown(true);
    }
  }

  /** A program that runs until this is closed. */
  private record Running(Process process) implements AutoCloseable {
    Stream<String> lines() {
      return process.inputReader().lines();
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      process.destroyForcibly().onExit().join();
    }
  }

  private Running run(String java, String program, String... arguments) throws IOException {
    String classPath = WorkerJar.compile(directory, WorkerJar.with(), "Program", program);
    List<String> line = new ArrayList<>(List.of(java, "-cp", classPath, "Program"));
    line.addAll(Arrays.asList(arguments));
    return new Running(WorkerJar.start(broker, line));
  }
}
