package dev.sockbroker.bench;

import dev.sockbroker.child.ChildLoop;
import dev.sockbroker.client.BrokerSocketFactory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** A worker whose threads query a PostgreSQL server, each through a connection of its own. */
public final class QueryMain {
  private final Driver driver;
  private final Properties properties = new Properties();

  private QueryMain(Driver driver, String broker) {
    this.driver = driver;
    properties.setProperty("user", "postgres");
    if (!broker.isEmpty()) {
      properties.setProperty("socketFactory", BrokerSocketFactory.class.getName());
      properties.setProperty("socketFactoryArg", broker);
    }
  }

  /**
   * @param arguments the driver's jar; the broker's socket, or nothing for own sockets
   */
  public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
    URL jar = Path.of(arguments[0]).toUri().toURL();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar})) {
      Driver driver =
          (Driver) loader.loadClass("org.postgresql.Driver").getConstructor().newInstance();
      ChildLoop.run(new QueryMain(driver, arguments[1])::on);
    }
  }

  /** Returns a histogram of the queries' times. */
  private Object on(String[] words) throws IOException, InterruptedException {
    int threads = Integer.parseInt(words[2]);
    try {
      return Latency.encode(run(words[1], threads, Long.parseLong(words[3])));
    } catch (SQLException e) {
      throw new IOException(e.toString(), e);
    }
  }

  private Histogram run(String port, int threads, long millis)
      throws SQLException, InterruptedException, IOException {
    List<Connection> connections = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
        connections.add(driver.connect(url, properties));
      }
      long end = System.nanoTime() + millis * 1_000_000;
      List<Future<Histogram>> running = new ArrayList<>();
      for (Connection connection : connections) {
        running.add(executor.submit(() -> query(connection, end)));
      }
      Histogram sum = Latency.histogram();
      for (Future<Histogram> each : running) {
        sum.add(each.get());
      }
      return sum;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().toString(), e.getCause());
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
  }

  private static Histogram query(Connection connection, long end) throws SQLException {
    Histogram nanos = Latency.histogram();
    try (PreparedStatement select = connection.prepareStatement("select ?::int")) {
      long now = System.nanoTime();
      for (int number = 0; now < end; number++) {
        select.setInt(1, number);
        try (ResultSet row = select.executeQuery()) {
          if (!row.next() || row.getInt(1) != number) {
            throw new SQLException("query " + number + " has another one's result");
          }
        }
        long then = System.nanoTime();
        nanos.recordValue(then - now);
        now = then;
      }
    }
    return nanos;
  }
}
