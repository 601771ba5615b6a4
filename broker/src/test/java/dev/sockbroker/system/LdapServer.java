package dev.sockbroker.system;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import java.net.InetAddress;

/** A directory with one person, in the JVM of the tests. */
final class LdapServer {
  private LdapServer() {}

  static InMemoryDirectoryServer start() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example,dc=com");
    config.setListenerConfigs(
        new InMemoryListenerConfig("loopback", loopback, 0, null, null, null));
    InMemoryDirectoryServer server = new InMemoryDirectoryServer(config);
    server.startListening();
    server.add("dn: dc=example,dc=com", "objectClass: domain", "dc: example");
    server.add("dn: cn=alice,dc=example,dc=com", "objectClass: person", "cn: alice", "sn: Liddell");
    return server;
  }
}
