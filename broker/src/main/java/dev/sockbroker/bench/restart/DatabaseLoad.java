package dev.sockbroker.bench.restart;

import dev.sockbroker.client.BrokerSocketFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * Connections of PostgreSQL's driver through the broker's socket factory. Each inserts rows, one
 * transaction after the other, and reads each row back.
 */
final class DatabaseLoad implements Load {
  private static final int CONNECTIONS = 4;

  private final Path broker;
  private final Database database;
  private final List<FutureTask<Long>> clients = new ArrayList<>();
  private volatile boolean over;

  DatabaseLoad(Path broker) throws IOException {
    this.broker = broker;
    database = Database.start();
    try {
      update("create table rows (client int, number bigint, text text)");
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(Background.begin(client(i, connect())));
      }
    } catch (SQLException e) {
      database.close();
      throw new IOException("the database cannot be used", e);
    }
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", Database.USER);
    properties.setProperty("socketFactory", BrokerSocketFactory.class.getName());
    properties.setProperty("socketFactoryArg", broker.toString());
    return DriverManager.getConnection(database.url(), properties);
  }

  /** Returns the number of rows that were inserted and read back. */
  private Callable<Long> client(int client, Connection connection) {
    return () -> {
      long number = 0;
      try (connection;
          PreparedStatement insert =
              connection.prepareStatement(
                  "insert into rows values (?, ?, ?) returning number, text")) {
        while (!over) {
          insert.setInt(1, client);
          insert.setLong(2, number);
          insert.setString(3, "row " + number);
          try (ResultSet row = insert.executeQuery()) {
            row.next();
            if (row.getLong(1) != number || !row.getString(2).equals("row " + number)) {
              throw new SQLException("row " + number + " came back as row " + row.getLong(1));
            }
          }
          number++;
        }
      }
      return number;
    };
  }

  private void update(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private long rows() throws IOException {
    String sql = "select count(*) from rows";
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery(sql)) {
      count.next();
      return count.getLong(1);
    } catch (SQLException e) {
      throw new IOException("the rows cannot be counted", e);
    }
  }

  @Override
  public Outcome stop() throws IOException {
    over = true;
    long confirmed = 0;
    int failed = 0;
    for (FutureTask<Long> client : clients) {
      try {
        confirmed += Background.result(client);
      } catch (IOException e) {
        System.err.println("a connection has failed: " + e.getMessage());
        failed++;
      }
    }
    long rows = rows();
    String counted =
        "%d connections, %,d transactions, %d connections failed, %,d rows in the table"
            .formatted(CONNECTIONS, confirmed, failed, rows);
    return new Outcome(counted, confirmed > 0 && failed == 0 && rows == confirmed);
  }

  @Override
  public void close() throws IOException {
    over = true;
    database.close();
  }
}
