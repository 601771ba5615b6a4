package dev.sockbroker.system;

import com.unboundid.ldap.sdk.LDAPConnection;
import dev.sockbroker.client.BrokerSocketFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.InitialDirContext;

/**
 * A program that uses a database and a directory through the broker, with drivers that only know
 * the factory's name. It writes what it gets, and then waits.
 */
public final class Drivers {
  private static final String FACTORY = "dev.sockbroker.client.BrokerSocketFactory";
  private static final String ALICE = "cn=alice,dc=example,dc=com";

  private Drivers() {}

  /**
   * @param args the ports of the database, of the directory, and one that the policy forbids; the
   *     database's user
   */
  public static void main(String[] args) throws Exception {
    int directory = Integer.parseInt(args[1]);
    try (Connection database = database(args[0], args[3]);
        Statement statement = database.createStatement()) {
      System.out.println("sum: " + sum(statement));
      System.out.println("after its time: " + late(statement));
      System.out.println("JNDI: " + jndi(args[1]));
      System.out.println("SDK: " + sdk(directory));
      System.out.println("forbidden database: " + refusal(args[2], args[3]));
      System.out.println("forbidden directory: " + refusal(args[2]));
      System.out.println("sum: " + sum(statement));
      System.in.read();
    }
  }

  private static Connection database(String port, String user) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?socketFactory=" + FACTORY;
    return DriverManager.getConnection(url, user, "");
  }

  private static long sum(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery("select n, repeat('x', 100) from generate_series(1, 20000) n")) {
      long sum = 0;
      while (rows.next()) {
        sum += rows.getLong(1) + rows.getString(2).length();
      }
      return sum;
    }
  }

  /** The driver cancels through a second connection from the same factory. */
  private static String late(Statement statement) throws SQLException {
    statement.setQueryTimeout(1);
    try {
      statement.execute("select pg_sleep(100)");
      return "nothing";
    } catch (SQLException e) {
      return e.getSQLState();
    } finally {
      statement.setQueryTimeout(0);
    }
  }

  private static String jndi(String port) throws NamingException {
    Hashtable<String, Object> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
    environment.put(Context.PROVIDER_URL, "ldap://127.0.0.1:" + port);
    environment.put("java.naming.ldap.factory.socket", FACTORY);
    InitialDirContext context = new InitialDirContext(environment);
    try {
      return context.getAttributes(ALICE).get("sn").get().toString();
    } finally {
      context.close();
    }
  }

  private static String sdk(int port) throws Exception {
    try (LDAPConnection connection =
        new LDAPConnection(new BrokerSocketFactory(), "127.0.0.1", port)) {
      return connection.getEntry(ALICE).getAttributeValue("sn");
    }
  }

  private static String refusal(String port, String user) {
    try {
      database(port, user).close();
      return "none";
    } catch (SQLException e) {
      return innermost(e).getMessage();
    }
  }

  private static String refusal(String port) {
    try {
      return jndi(port);
    } catch (NamingException e) {
      return innermost(e).getMessage();
    }
  }

  private static Throwable innermost(Throwable e) {
    Throwable cause = e instanceof NamingException it ? it.getRootCause() : e.getCause();
    return cause == null ? e : innermost(cause);
  }
}
