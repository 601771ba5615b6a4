package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** PostgreSQL's own driver, unchanged, with connections through the broker to a real server. */
@WithBroker
class PostgresTest {
  private static final String CANCELLED = "57014";

  @TempDir private static Path directory;

  private static BrokerProcess broker;
  private static ServerProgram server;

  @BeforeAll
  static void start() throws Exception {
    server = Postgres.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.stop();
    }
  }

  /** The line of README. The driver then calls the factory without an argument, or with null. */
  @Test
  void shouldConnectWithNothingButTheFactorysName() throws Exception {
    Matcher line =
        Pattern.compile("(?m)^jdbc:postgresql://localhost/shop([?]socketFactory=\\S+)$")
            .matcher(Files.readString(Path.of("../README.md")));
    assertThat(line.find()).isTrue();
    String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres" + line.group(1);
    String source =
        """
        import java.sql.*;

        public class Program {
          public static void main(String[] arguments) throws Exception {
            try (Connection connection =
                    DriverManager.getConnection(arguments[0], arguments[1], "");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select 40 + 2")) {
              rows.next();
              System.out.println(rows.getInt(1));
              System.in.read();
            }
          }
        }
        """;
    String libraries = WorkerJar.with("postgresql");
    String classPath = WorkerJar.compile(directory, libraries, "Program", source);
    for (String java : WorkerJar.jvms()) {
      Process program =
          WorkerJar.start(
              broker, List.of(java, "-cp", classPath, "Program", url, Postgres.superuser()));
      try {
        assertThat(program.inputReader().readLine()).isEqualTo("42");
        TcpOwners.assertConnectedByBroker(broker, server.port());
      } finally {
        program.destroyForcibly().onExit().join();
      }
    }
  }

  /** Everything that a program must configure in addition to its usual settings. */
  private static Connection connect(String... more) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", Postgres.superuser());
    properties.setProperty("socketFactory", "dev.sockbroker.client.BrokerSocketFactory");
    properties.setProperty("socketFactoryArg", broker.socket().toString());
    for (int i = 0; i < more.length; i += 2) {
      properties.setProperty(more[i], more[i + 1]);
    }
    String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres";
    return DriverManager.getConnection(url, properties);
  }

  @Test
  void shouldQuery() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      TcpOwners.assertConnectedByBroker(broker, server.port());
      statement.execute("create temp table t (id int, name text)");
      connection.setAutoCommit(false);
      try (PreparedStatement insert = connection.prepareStatement("insert into t values (?, ?)")) {
        for (int i = 0; i < 1000; i++) {
          insert.setInt(1, i);
          insert.setString(2, "name " + i);
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
      // in portions, each of which is a round trip of the driver
      statement.setFetchSize(10);
      long sum = 0;
      try (ResultSet rows = statement.executeQuery("select id, name from t")) {
        while (rows.next()) {
          assertThat(rows.getString(2)).isEqualTo("name " + rows.getInt(1));
          sum += rows.getInt(1);
        }
      }
      assertThat(sum).isEqualTo(499_500);
      connection.commit();
      assertThat(connection.isValid(30)).isTrue();
    }
  }

  @Test
  void shouldCopyFiftyMegabytesInAndOut() throws Exception {
    byte[] lines = lines(50 << 20);
    CRC32 sent = new CRC32();
    sent.update(lines);
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("create temp table bulk (line text)");
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      long rows = copy.copyIn("copy bulk from stdin", new ByteArrayInputStream(lines));
      assertThat(rows).isEqualTo(lines.length / 128);
      CRC32 received = new CRC32();
      OutputStream nowhere = OutputStream.nullOutputStream();
      long back = copy.copyOut("copy bulk to stdout", new CheckedOutputStream(nowhere, received));
      assertThat(back).isEqualTo(rows);
      assertThat(received.getValue()).isEqualTo(sent.getValue());
    }
  }

  /** Lines of 128 bytes. */
  private static byte[] lines(int bytes) {
    byte[] lines = new byte[bytes];
    for (int at = 0; at < bytes; at += 128) {
      byte[] line = String.format("%0127d\n", at).getBytes(US_ASCII);
      System.arraycopy(line, 0, lines, at, 128);
    }
    return lines;
  }

  /** The driver cancels through a second connection from the same factory. */
  @Test
  void shouldCancel() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        Connection other = connect();
        Statement look = other.createStatement()) {
      FutureTask<Boolean> sleeping =
          new FutureTask<>(() -> statement.execute("select pg_sleep(100)"));
      Thread.ofPlatform().daemon().start(sleeping);
      await().atMost(Duration.ofSeconds(30)).until(() -> isSleeping(look));
      statement.cancel();
      assertThatThrownBy(() -> sleeping.get(30, SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(CANCELLED));
      assertThat(statement.execute("select 1")).as("the connection is good").isTrue();
    }
  }

  private static boolean isSleeping(Statement look) throws SQLException {
    String query =
        "select count(*) from pg_stat_activity where query = 'select pg_sleep(100)'"
            + " and state = 'active'";
    try (ResultSet count = look.executeQuery(query)) {
      return count.next() && count.getInt(1) == 1;
    }
  }

  @Test
  void shouldEndAQueryAfterItsTime() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      assertThatThrownBy(() -> statement.execute("select pg_sleep(50)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(CANCELLED));
      assertThat(connection.isValid(30)).isTrue();
    }
  }

  @Test
  void shouldGiveUpOnASilentServerAfterItsTime() throws Exception {
    try (Connection connection = connect("socketTimeout", "1");
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("select pg_sleep(20)"))
          .isInstanceOf(SQLException.class)
          .satisfies(
              e ->
                  assertThat(e.getCause())
                      .isInstanceOf(SocketTimeoutException.class)
                      .hasMessage("Read timed out"));
      assertThat(connection.isClosed()).isTrue();
    }
  }
}
