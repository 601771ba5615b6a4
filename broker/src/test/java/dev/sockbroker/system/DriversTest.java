package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drivers of a database and of a directory, in a program of a user whom the policy allows these two
 * addresses, and nothing that the drivers do not need.
 */
class DriversTest {
  private static final long SUM = 20_000L * 20_001 / 2 + 20_000 * 100;

  @TempDir private Path directory;
  private ServerProgram database;
  private InMemoryDirectoryServer ldap;
  private SharedBroker shared;

  @BeforeEach
  void start() throws Exception {
    User.needs();
    database = Postgres.start(directory);
    ldap = LdapServer.start();
    shared =
        SharedBroker.startWith(
            """
            [[rule]]
            name = "drivers"
            user = ["%d"]
            connect = ["tcp:127.0.0.1:%d", "tcp:127.0.0.1:%d"]
            rights = ["RECV", "SEND", "SHUTDOWN", "GETOPT", "SETOPT"]
            options = ["TCP_NODELAY", "SO_KEEPALIVE", "SO_REUSEADDR", "SO_LINGER"]
            lanes = ["frames"]
            share = "none"
            """
                .formatted(User.ALICE.uid(), database.port(), ldap.getListenPort()));
  }

  @AfterEach
  void stop() throws Exception {
    if (shared != null) {
      shared.close();
    }
    if (ldap != null) {
      ldap.shutDown(true);
    }
    if (database != null) {
      database.stop();
    }
  }

  @Test
  void shouldReachWhatThePolicyAllowsAndNothingElse() throws Exception {
    int forbidden = ServerProgram.freePort();
    try (WireClient neighbour = shared.session(User.ALICE)) {
      long own = connected(neighbour);
      Process program = program(forbidden);
      List<String> lines = program.inputReader().lines().limit(7).toList();
      assertThat(lines).hasSize(7);
      assertThat(lines.subList(0, 4))
          .containsExactly("sum: " + SUM, "after its time: 57014", "JNDI: Liddell", "SDK: Liddell");
      // A refusal says why, and costs the program nothing that it has.
      assertThat(lines.get(4)).startsWith("forbidden database: EACCES").contains("rule 'drivers'");
      assertThat(lines.get(5)).startsWith("forbidden directory: EACCES").contains("rule 'drivers'");
      assertThat(lines.get(6)).isEqualTo("sum: " + SUM);
      program.destroyForcibly().onExit().join();
      await().atMost(Duration.ofSeconds(30)).until(() -> sockets(neighbour) == 1);
      assertThat(neighbour.ask(new Request.GetAddresses(own))).isInstanceOf(Reply.Addresses.class);
    }
    assertThat(shared.broker().log())
        .anyMatch(it -> it.contains("connect tcp:127.0.0.1:" + forbidden));
  }

  /** A connection to the directory that stays open. */
  private long connected(WireClient client) throws IOException {
    long socket =
        client
            .ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM))
            .descriptor();
    Address address = Address.inet("127.0.0.1", ldap.getListenPort());
    client.ask(Reply.Addresses.class, new Request.Connect(socket, address, null));
    return socket;
  }

  private static int sockets(WireClient client) throws IOException {
    return client.ask(Reply.Listing.class, Request.ListDescriptors.all()).rows().size();
  }

  private Process program(int forbidden) throws IOException {
    List<String> line =
        shared.program(
            User.ALICE,
            List.of("postgresql", "unboundid-ldapsdk"),
            Drivers.class,
            database.port() + "",
            ldap.getListenPort() + "",
            forbidden + "",
            Postgres.superuser());
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("SOCKBROKER_SOCKET", shared.socket().toString());
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
