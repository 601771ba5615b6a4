package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EACCES;
import static dev.sockbroker.protocol.Errno.EBADF;
import static dev.sockbroker.protocol.Errno.ECONNREFUSED;
import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.EPERM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.SharedBroker;
import dev.sockbroker.system.User;
import dev.sockbroker.system.WireClient;
import dev.sockbroker.system.contract.Scenario.On;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/** Scenarios PO-*: who may do what. Each has a broker of its own with a policy. */
class PolicyTest {
  private static final String A = "user = [\"" + User.ALICE.uid() + "\"]\n";

  private static SharedBroker broker(String configuration) throws IOException {
    return SharedBroker.startWith(configuration);
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private static Request.Open listening(int port) {
    return Request.Open.of(Family.INET, SocketType.STREAM)
        .boundTo(Address.inet("127.0.0.1", port))
        .listening(4);
  }

  private static String rule(int port) {
    return "[[rule]]\n" + A + "listen = [\"tcp:*:" + port + "\"]\n";
  }

  @Scenario(
      id = "PO-01",
      rules = {75},
      registers = false,
      on = On.ONCE,
      steps =
          "a policy lets A's user listen at a port; A does, and at another one; another user does"
              + " the first; root does the second",
      expected = "ok; EACCES; EACCES; ok")
  void po01ShouldAllowWhatARuleSays(Scene scene) throws IOException {
    int port = freePort();
    try (SharedBroker broker = broker(rule(port));
        WireClient a = broker.session(User.ALICE);
        WireClient other = broker.session(User.MALLORY);
        WireClient root = broker.rootSession(false)) {
      long own = a.ask(Reply.Opened.class, listening(port)).descriptor();
      a.ask(Reply.Done.class, new Request.Close(own));
      assertThat(a.refused(EACCES, listening(port + 1)).message())
          .contains("no rule allows listen tcp:127.0.0.1:" + (port + 1));
      other.refused(EACCES, listening(port));
      root.ask(Reply.Opened.class, listening(0));
    }
  }

  @Scenario(
      id = "PO-02",
      rules = {76},
      registers = false,
      on = On.ONCE,
      steps =
          "A may connect to a port of 127.0.0.0/8, and 127.0.0.1 is denied; A connects there by"
              + " 127.0.0.1, its mapped form, 0.0.0.0, ::, and to 127.0.0.2",
      expected = "EACCES each; ECONNREFUSED")
  void po02ShouldDenyADestinationByWhateverAddress(Scene scene) throws IOException {
    int port = freePort();
    String policy =
        "[[rule]]\n%sconnect = [\"tcp:127.0.0.0/8:%d\"]\n[[deny]]\nconnect = [\"tcp:127.0.0.1:*\"]\n"
            .formatted(A, port);
    try (SharedBroker broker = broker(policy);
        WireClient a = broker.session(User.ALICE)) {
      long socket =
          a.ask(Reply.Opened.class, Request.Open.of(Family.INET6, SocketType.STREAM)).descriptor();
      for (String host : List.of("127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::")) {
        a.refused(EACCES, new Request.Connect(socket, Address.inet(host, port), null));
      }
      a.refused(ECONNREFUSED, new Request.Connect(socket, Address.inet("127.0.0.2", port), null));
    }
  }

  @Scenario(
      id = "PO-03",
      rules = {77},
      registers = false,
      on = On.ONCE,
      steps =
          "A listens; an administrator reloads a file with two errors; one with another port; A"
              + " listens at that port, and at the first one",
      expected = "both errors; none; ok; EACCES, and the open socket stays open")
  void po03ShouldReloadAllOrNothing(Scene scene) throws IOException {
    int port = freePort();
    try (SharedBroker broker = broker(rule(port));
        WireClient a = broker.session(User.ALICE);
        WireClient administrator = broker.rootSession(true)) {
      long open = a.ask(Reply.Opened.class, listening(port)).descriptor();
      broker.configure(rule(port + 1) + "lisen = 1\nnames = [7]\n");
      assertThat(reload(administrator, false).errors())
          .hasSize(2)
          .allSatisfy(it -> assertThat(it).contains("sockbroker.toml:"));
      a.refused(EACCES, listening(port + 1));
      broker.configure(rule(port + 1));
      assertThat(reload(administrator, false).errors()).isEmpty();
      a.ask(Reply.Opened.class, listening(port + 1));
      a.refused(EACCES, listening(port));
      a.ask(Reply.Addresses.class, new Request.GetAddresses(open));
    }
  }

  private static Reply.Reloaded reload(WireClient administrator, boolean revoke)
      throws IOException {
    return administrator.ask(Reply.Reloaded.class, new Request.Reload(revoke));
  }

  @Scenario(
      id = "PO-04",
      rules = {78},
      registers = false,
      on = On.ONCE,
      steps =
          "A listens at two ports; the policy now allows the second; list the violations; reload"
              + " and revoke; A uses both",
      expected = "the first socket; one is revoked, and A is told; EBADF, ok")
  void po04ShouldTakeAwayWhatIsForbiddenNow(Scene scene) throws IOException {
    try (SharedBroker broker = broker("[[rule]]\n" + A + "listen = [\"tcp:*:*\"]\n");
        WireClient a = broker.session(User.ALICE);
        WireClient administrator = broker.rootSession(true)) {
      Reply.Opened first = a.ask(Reply.Opened.class, listening(0));
      Reply.Opened second = a.ask(Reply.Opened.class, listening(0));
      broker.configure(rule(second.local().port()));
      reload(administrator, false);
      assertThat(violations(administrator))
          .singleElement()
          .returns(first.descriptor(), Reply.Violation::descriptor);
      assertThat(reload(administrator, true).revoked()).isEqualTo(1);
      assertThat(violations(administrator)).isEmpty();
      a.refused(EBADF, new Request.GetAddresses(first.descriptor()));
      assertThat(a.takeEvent(Event.Revoked.class).descriptor()).isEqualTo(first.descriptor());
      a.ask(Reply.Addresses.class, new Request.GetAddresses(second.descriptor()));
    }
  }

  private static List<Reply.Violation> violations(WireClient administrator) throws IOException {
    return administrator.ask(Reply.Violations.class, new Request.ListViolations(0, 0)).rows();
  }

  @Scenario(
      id = "PO-05",
      rules = {79},
      registers = false,
      on = On.ONCE,
      steps =
          "A may not export and has rights RECV and DUPLICATE; A opens; shares with its user and"
              + " with another; exports; sets an option that no rule has; receives in frames, which"
              + " no rule has; its user's other session lists",
      expected = "those rights and what listening needs; ok, EACCES; EPERM; EPERM; EACCES; no row")
  void po05ShouldLimitWhatADescriptorIsGoodFor(Scene scene) throws IOException {
    String policy =
        "[[rule]]\n"
            + A
            + "listen = [\"tcp:*:*\"]\nrights = [\"RECV\", \"DUPLICATE\"]\nlanes = [\"stream\"]\n";
    try (SharedBroker broker = broker(policy);
        WireClient a = broker.session(User.ALICE);
        WireClient again = broker.session(User.ALICE);
        WireClient other = broker.session(User.MALLORY)) {
      Reply.Opened opened = a.ask(Reply.Opened.class, listening(0));
      assertThat(opened.rights())
          .containsExactlyInAnyOrder(
              Right.RECV, Right.DUPLICATE, Right.BIND, Right.LISTEN, Right.ACCEPT);
      long id = opened.descriptor();
      a.ask(Reply.Duplicated.class, Request.Duplicate.toSession(id, again.welcome().session()));
      a.refused(EACCES, Request.Duplicate.toSession(id, other.welcome().session()));
      a.refused(EPERM, new Request.Export(id, true));
      a.refused(EPERM, new Request.SetOption(id, "SO_KEEPALIVE", 0, 0, true, null));
      a.refused(EACCES, new Request.Receive(id, 1, 0L, false, false));
      assertThat(again.ask(Reply.Listing.class, Request.ListDescriptors.all()).rows()).isEmpty();
    }
  }

  @Scenario(
      id = "PO-06",
      rules = {80},
      registers = false,
      on = On.ONCE,
      steps = "A, which no rule allows anything, opens 100 sockets; an administrator watches",
      expected = "EACCES each; 20 lines a second in the audit; the watcher sees the first")
  void po06ShouldRecordRefusals(Scene scene) throws IOException {
    try (SharedBroker broker = broker("[[rule]]\nuser = [\"0\"]\n");
        WireClient a = broker.session(User.ALICE);
        WireClient administrator = broker.rootSession(true)) {
      administrator.ask(Reply.Done.class, new Request.Watch(true));
      for (int i = 0; i < 100; i++) {
        a.refused(EACCES, Request.Open.of(Family.INET, SocketType.STREAM));
      }
      assertThat(administrator.takeEvent(Event.Happening.class).what())
          .isEqualTo(Event.What.REFUSED);
      List<String> lines =
          broker.broker().log().stream()
              .filter(it -> it.contains("\"audit\":\"refused\""))
              .toList();
      assertThat(lines).hasSizeBetween(1, 99);
      assertThat(lines.getFirst())
          .contains("\"uid\":" + User.ALICE.uid(), "\"action\":\"open\"", "\"errno\":\"EACCES\"");
    }
  }

  @Scenario(
      id = "PO-07",
      rules = {81},
      registers = false,
      on = On.ONCE,
      steps =
          "the host db has 127.0.0.2, where nobody listens, and 127.0.0.3; A may connect to db; A"
              + " opens a socket connected to it; connects one to it, without waiting, and waiting;"
              + " to another host, and to 127.0.0.3; the policy now denies 127.0.0.2, and A opens",
      expected = "127.0.0.3; EINVAL, ok; EACCES each; EACCES")
  void po07ShouldResolveHostNames(Scene scene) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.3"))) {
      int port = server.getLocalPort();
      String policy = "[[rule]]\n" + A + "connect = [\"tcp:db:" + port + "\"]\n";
      try (SharedBroker broker =
              SharedBroker.startWith(policy, "127.0.0.2 db\n127.0.0.3 db\n127.0.0.3 other\n");
          WireClient a = broker.session(User.ALICE);
          WireClient administrator = broker.rootSession(true)) {
        Address db = Address.inet("db", port);
        Request.Open opening = Request.Open.of(null, SocketType.STREAM, db, null);
        assertThat(a.ask(Reply.Opened.class, opening).peer())
            .isEqualTo(Address.inet("127.0.0.3", port));
        long socket =
            a.ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM)).descriptor();
        a.refused(EINVAL, new Request.Connect(socket, db, 0L));
        a.ask(Reply.Addresses.class, new Request.Connect(socket, db, null));
        for (String host : List.of("other", "127.0.0.3")) {
          Address elsewhere = Address.inet(host, port);
          a.refused(EACCES, Request.Open.of(null, SocketType.STREAM, elsewhere, null));
        }
        broker.configure(policy + "[[deny]]\nconnect = [\"tcp:127.0.0.2:*\"]\n");
        reload(administrator, false);
        a.refused(EACCES, opening);
      }
    }
  }
}
