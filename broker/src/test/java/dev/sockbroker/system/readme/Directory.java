package dev.sockbroker.system.readme;

import java.io.IOException;
import java.nio.file.Files;

/** A program that uses the JDK's LDAP provider and serves its own directory. */
final class Directory {
  private static final String PROGRAM =
      """
      import com.unboundid.ldap.listener.*;
      import dev.sockbroker.client.Broker;
      import java.util.*;
      import javax.naming.*;
      import javax.naming.directory.*;

      public class Program {
        public static void main(String[] arguments) throws Exception {
          InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example");
          InMemoryDirectoryServer server = new InMemoryDirectoryServer(config);
          server.startListening();
          server.add("dn: dc=example", "objectClass: domain", "dc: example");
          Hashtable<String, Object> environment = new Hashtable<>();
          environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
          environment.put(Context.PROVIDER_URL, "ldap://127.0.0.1:" + server.getListenPort());
          String[] property = arguments[0].split("=");
          environment.put(property[0], property[1]);
          DirContext context = new InitialDirContext(environment);
          System.out.println(context.getAttributes("dc=example").get("dc").get());
          try (Broker broker = Broker.connect()) {
            System.out.println("the broker has " + broker.list().size());
          }
          System.exit(0);
        }
      }
      """;

  private final Machine machine;

  Directory(Machine machine) {
    this.machine = machine;
  }

  /**
   * @param property of the provider, {@code name=value}
   */
  void connect(String property) throws IOException {
    Files.writeString(machine.files().resolve("Program.java"), PROGRAM);
    String classPath = machine.classPath("unboundid-ldapsdk");
    machine
        .start("java -cp " + classPath + " /mnt/files/Program.java '" + property + "'")
        .await("example\nthe broker has 1\n");
  }
}
