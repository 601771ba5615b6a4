package dev.sockbroker.system.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.system.Needs;
import java.io.IOException;
import java.nio.file.Files;

/** A PostgreSQL server at the default place of its drivers, with a database named shop. */
final class Database {
  private static final String PROGRAM =
      """
      import java.sql.*;

      public class Program {
        public static void main(String[] arguments) throws Exception {
          try (Connection connection = DriverManager.getConnection(arguments[0]);
              Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery("select current_database()")) {
            rows.next();
            System.out.println("connected to " + rows.getString(1));
            System.in.read();
          }
        }
      }
      """;

  private final Machine machine;

  Database(Machine machine) throws IOException, InterruptedException {
    this.machine = machine;
    // The server refuses to run as root. The database role root belongs to the user that runs the
    // program.
    String postgres = "setpriv --reuid=postgres --regid=postgres --init-groups ";
    String server = Needs.program("postgres").toString();
    machine.execute(postgres + Needs.program("initdb") + " -D /tmp/data -A trust -N -U root");
    String create = "echo 'create database shop' | ";
    machine.execute(create + postgres + server + " --single -F -D /tmp/data postgres");
    machine
        .start(postgres + server + " -F -k /tmp -D /tmp/data")
        .await("ready to accept connections");
  }

  /** Connects like a program with this line in its configuration. */
  void connect(String url) throws IOException, InterruptedException {
    Files.writeString(machine.files().resolve("Program.java"), PROGRAM);
    String classPath = machine.classPath("postgresql");
    Terminal program =
        machine
            .start("java -cp " + classPath + " /mnt/files/Program.java '" + url + "'")
            .await("connected to shop\n");
    assertThat(machine.execute("scripts/sockbroker list"))
        .as("the connections of the broker")
        .containsPattern(" tcp6? .*:5432 +CONNECTED ");
    program.kill();
  }
}
