package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EINVAL;
import static dev.sockbroker.protocol.Errno.ENOPROTOOPT;
import static dev.sockbroker.protocol.Errno.EPERM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.system.Command;
import dev.sockbroker.system.Needs;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Scenarios SH-01 and OP-*: every option of the contract's section 8. */
class OptionsTest {
  /**
   * The options that an accepted socket does not inherit from the listener; and TCP_MAXSEG, which
   * it inherits, but a connection returns less because of TCP's own options.
   */
  private static final Set<String> NOT_COMPARED =
      Set.of(
          "SO_PRIORITY",
          "SO_INCOMING_CPU",
          "TCP_FASTOPEN",
          "TCP_DEFER_ACCEPT",
          "O_NONBLOCK",
          "TCP_MAXSEG");

  @Scenario(
      id = "SH-01",
      rules = {1, 21, 24},
      registers = false,
      steps =
          "A sets each option of section 8 that can be set, on the kinds it exists for; B reads",
      expected = "what A's set was answered with")
  void sh01ShouldReadEverywhereWhatWasSetAnywhere(Scene scene) {
    List<String> wrong = new ArrayList<>();
    for (SocketType type : SocketType.values()) {
      for (OptionRow row : OptionRow.ALL) {
        if (row.sockets().include(scene.setting().family(), type)) {
          Holder a = scene.a().open(type, null, null);
          Holder b = a.share(scene.b());
          String outcome = row.set() == null ? read(row, a, b) : setAndRead(row, a, b);
          scene.suite().report().option(row.name(), scene.setting().family() + " " + type, outcome);
          if (outcome.startsWith("WRONG")) {
            wrong.add(row.name() + " on " + type + ": " + outcome);
          }
          a.close();
          b.close();
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static String setAndRead(OptionRow row, Holder a, Holder b) {
    Request set = Request.SetOption.named(a.id(), row.name(), row.set());
    Reply answer = a.actor().session().ask(set).reply();
    if (answer instanceof Reply.Error it) {
      boolean lacking = row.mayLack().contains(it.errno());
      return (lacking ? "not available: " : "WRONG: ") + it.error() + ", " + it.message();
    }
    Object was = ((Reply.Option) answer).value();
    if (row.read() != null && !row.read().equals(was)) {
      return "WRONG: set " + row.set() + " was answered " + was + ", not " + row.read();
    }
    Object there = valueOf(b, row.name());
    return was.equals(there)
        ? "set " + row.set() + ", read " + there
        : "WRONG: answered " + was + ", B reads " + there;
  }

  private static String read(OptionRow row, Holder a, Holder b) {
    Object here = valueOf(a, row.name());
    Object there = valueOf(b, row.name());
    boolean right =
        row.read() == null ? here.getClass() == there.getClass() : here.equals(row.read());
    Object words = there instanceof Map<?, ?> fields ? fields.size() + " fields" : there;
    return right && row.read() == null && !(there instanceof Map)
        ? "read"
        : (right ? "read " : "WRONG: ") + words;
  }

  private static Object valueOf(Holder holder, String option) {
    Request get = Request.GetOption.named(holder.id(), option);
    Reply reply = holder.actor().session().ask(get).reply();
    return reply instanceof Reply.Option it ? it.value() : reply;
  }

  @Scenario(
      id = "OP-01",
      rules = {21, 34},
      registers = false,
      on = On.INTERNET,
      steps = "every option that can be set on a listener; accept; read",
      expected =
          "the same, but for SO_PRIORITY, SO_INCOMING_CPU, TCP_FASTOPEN, TCP_DEFER_ACCEPT,"
              + " O_NONBLOCK")
  void op01ShouldInheritTheListenersOptions(Scene scene) {
    Map<String, Object> onListener = new TreeMap<>();
    Map<String, Object> onAccepted = new TreeMap<>();
    for (OptionRow row : OptionRow.ALL) {
      boolean exists = row.sockets().include(scene.setting().family(), SocketType.STREAM);
      if (exists && row.set() != null && !NOT_COMPARED.contains(row.name())) {
        Holder listener = scene.a().listen(1);
        Request set = Request.SetOption.named(listener.id(), row.name(), row.set());
        if (scene.a().session().ask(set).reply() instanceof Reply.Option) {
          String key = row.name() + "=" + row.set();
          Peer client = scene.connect(listener);
          Holder accepted = listener.accept().holder("accepted");
          onListener.put(key, valueOf(listener, row.name()));
          onAccepted.put(key, valueOf(accepted, row.name()));
          accepted.close();
          client.closes();
        }
        listener.close();
      }
    }
    assertThat(onAccepted).isEqualTo(onListener);
  }

  @Scenario(
      id = "OP-02",
      rules = {21},
      registers = false,
      on = On.INTERNET,
      steps = "A joins a multicast group, B receives; A leaves it",
      expected = "B receives what was sent to the group; then nothing")
  void op02ShouldReceiveFromAGroup(Scene scene) throws SocketException {
    boolean six = scene.setting().family() == Family.INET6;
    String interfaceName = six ? interfaceWithMulticast() : "lo";
    // interface-local in IPv6, so it does not leave the machine
    String group = six ? "ff01::5b:1" : "239.255.91.1";
    Holder a = scene.a().open(SocketType.DGRAM, Address.inet(six ? "::" : "0.0.0.0", 0), null);
    Holder b = a.share(scene.b());
    Address to = Address.inet(group, a.local().port());
    Holder sender = scene.c().openDatagram();
    if (six) {
      sender.set("IPV6_MULTICAST_IF", interfaceName);
    } else {
      sender.set("IP_MULTICAST_IF", Map.of("interface", interfaceName));
    }
    Map<String, Object> membership = Map.of("group", group, "interface", interfaceName);
    a.set(six ? "IPV6_JOIN_GROUP" : "IP_ADD_MEMBERSHIP", membership);
    sender.sendTo(to, "hello");
    b.recv(10).gives("hello");
    a.set(six ? "IPV6_LEAVE_GROUP" : "IP_DROP_MEMBERSHIP", membership);
    sender.sendTo(to, "nobody");
    b.waitRecv(10, 200L).ends().timesOut();
  }

  /** Linux does not route IPv6 multicast over lo; a send is ENETUNREACH. */
  private static String interfaceWithMulticast() throws SocketException {
    Optional<NetworkInterface> found =
        NetworkInterface.networkInterfaces().filter(OptionsTest::carriesMulticast6).findFirst();
    Needs.that(found.isPresent(), "IPv6 multicast needs an interface other than lo");
    return found.get().getName();
  }

  private static boolean carriesMulticast6(NetworkInterface it) {
    try {
      return it.isUp()
          && !it.isLoopback()
          && it.supportsMulticast()
          && it.inetAddresses().anyMatch(Inet6Address.class::isInstance);
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Scenario(
      id = "OP-03",
      rules = {21, 50},
      registers = false,
      on = On.INTERNET,
      steps = "A sets UDP_SEGMENT 1000, B sends 2500 bytes; with UDP_GRO on at a broker's receiver",
      expected = "datagrams of 1000, 1000, 500; one of 2500 with the segment size")
  void op03ShouldSegmentAndJoinDatagrams(Scene scene) {
    Holder receiver = scene.c().open(SocketType.DGRAM, scene.loopback(), null);
    Holder a = scene.a().openDatagram();
    Holder b = a.share(scene.b());
    a.set("UDP_SEGMENT", 1000L).is(1000);
    String bytes = "0123456789".repeat(250);
    b.sendTo(receiver.local(), bytes);
    receiver.recv(5000).gives(bytes.substring(0, 1000));
    receiver.recv(5000).gives(bytes.substring(1000, 2000));
    receiver.recv(5000).gives(bytes.substring(2000));

    receiver.set("UDP_GRO", true).is(true);
    b.sendTo(receiver.local(), bytes);
    Reply.Received joined = receiver.recv(5000).gives(bytes).as(Reply.Received.class);
    assertThat(joined.control().segmentSize()).isEqualTo(1000);
  }

  @Scenario(
      id = "OP-04",
      rules = {21},
      registers = false,
      on = On.INTERNET,
      steps = "data both ways on a pair; B reads TCP_INFO, IP_MTU, SO_MEMINFO, SO_COOKIE",
      expected = "the counters of this connection")
  void op04ShouldReadTheCountersOfALiveConnection(Scene scene) {
    Pair pair = scene.pair();
    Holder b = pair.held().share(scene.b());
    pair.peer().send("12345");
    pair.held().recv(5).gives("12345");
    pair.held().send("1234567");
    pair.peer().reads("1234567");
    Map<String, Long> info = counters(b, "TCP_INFO");
    assertThat(info.get("tcpi_state")).as("established").isEqualTo(1);
    assertThat(info.get("tcpi_bytes_received")).isEqualTo(5);
    assertThat(info.get("tcpi_bytes_sent")).isEqualTo(7);
    assertThat(info.get("tcpi_segs_in")).isPositive();
    assertThat(info.get("tcpi_rtt")).isPositive();
    assertThat(info.get("tcpi_snd_mss")).isBetween(500L, 65535L);
    assertThat(info.get("tcpi_pmtu")).isEqualTo(valueOf(b, "IP_MTU"));
    assertThat(counters(b, "SO_MEMINFO").get("rcvbuf")).isEqualTo(valueOf(b, "SO_RCVBUF"));
    assertThat(valueOf(b, "SO_COOKIE")).isEqualTo(valueOf(pair.held(), "SO_COOKIE"));
    assertThat(valueOf(scene.a().listen(1), "SO_ACCEPTCONN")).isEqualTo(true);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Long> counters(Holder holder, String option) {
    return (Map<String, Long>) valueOf(holder, option);
  }

  /** By level and number, from the kernel's headers. */
  private enum Harmful {
    SO_PEEK_OFF(1, 42),
    IP_RECVERR(0, 11),
    IPV6_RECVERR(41, 25),
    SO_TIMESTAMPING_OLD(1, 37),
    SO_TIMESTAMPING_NEW(1, 65),
    SO_ZEROCOPY(1, 60),
    SO_ATTACH_FILTER(1, 26),
    SO_DETACH_FILTER(1, 27),
    SO_ATTACH_BPF(1, 50),
    SO_LOCK_FILTER(1, 44),
    SO_RCVTIMEO_OLD(1, 20),
    SO_SNDTIMEO_OLD(1, 21),
    SO_RCVTIMEO_NEW(1, 66),
    SO_SNDTIMEO_NEW(1, 67),
    SO_SELECT_ERR_QUEUE(1, 45),
    SO_TXTIME(1, 61),
    SO_RESERVE_MEM(1, 73),
    SO_PASSPIDFD(1, 76),
    SO_PEERPIDFD(1, 77),
    SO_SNDBUFFORCE(1, 32),
    SO_RCVBUFFORCE(1, 33),
    IP_IPSEC_POLICY(0, 16),
    IP_XFRM_POLICY(0, 17),
    IPV6_IPSEC_POLICY(41, 34),
    IPV6_XFRM_POLICY(41, 35),
    TCP_ULP(6, 31),
    TCP_REPAIR(6, 19),
    TCP_FASTOPEN_CONNECT(6, 30),
    IPV6_ADDRFORM(41, 1);

    private final int level;
    private final int number;

    Harmful(int level, int number) {
      this.level = level;
      this.number = number;
    }
  }

  @Scenario(
      id = "OP-05",
      rules = {49},
      registers = false,
      on = On.ONCE,
      steps = "set and read by number what would blind or harm the broker; linger with n < 0",
      expected = "EPERM each; EINVAL")
  void op05ShouldRefuseWhatHarmsTheBroker(Scene scene) {
    Holder socket = scene.a().open();
    for (Harmful option : Harmful.values()) {
      socket
          .ask(Request.SetOption.numbered(socket.id(), option.level, option.number, "01000000"))
          .fails(EPERM);
      socket
          .ask(Request.GetOption.numbered(socket.id(), option.level, option.number, 16))
          .fails(EPERM);
    }
    socket.set("SO_LINGER", Map.of("on", true, "seconds", -1L)).fails(EINVAL);
    socket.ask(Request.SetOption.numbered(socket.id(), 1, 13, "01000000ffffffff")).fails(EINVAL);
  }

  @Scenario(
      id = "OP-06",
      rules = {21, 49},
      registers = false,
      on = On.ONCE,
      steps =
          "an option by number; an unknown name; one of another kind of socket; a value of another"
              + " kind, a negative size; a read-only one",
      expected = "set and read as bytes; ENOPROTOOPT; ENOPROTOOPT; EINVAL; not set")
  void op06ShouldKnowWhatItCannotSet(Scene scene) {
    Holder tcp = scene.a().open();
    tcp.ask(Request.SetOption.numbered(tcp.id(), 6, 1, "01000000")).is("01000000");
    tcp.get("TCP_NODELAY").is(true);
    tcp.set("SO_NO_SUCH_OPTION", 1L).fails(ENOPROTOOPT);
    tcp.set("UDP_SEGMENT", 1000L).fails(ENOPROTOOPT);
    tcp.set("SO_RCVBUF", "much").fails(EINVAL);
    tcp.set("SO_RCVBUF", -5L).fails(EINVAL);
    tcp.set("SO_KEEPALIVE", 2L).fails(EINVAL);
    tcp.set("SO_TYPE", 2L).fails(ENOPROTOOPT);
    tcp.get("SO_TYPE").is(1);
  }

  @Scenario(
      id = "OP-07",
      rules = {50},
      registers = false,
      on = On.INTERNET,
      steps = "control data on: TOS, TTL, PKTINFO, SO_TIMESTAMPNS; a datagram",
      expected = "its class, hop limit, destination, interface and time come with it")
  void op07ShouldAnswerControlData(Scene scene) {
    boolean six = scene.setting().family() == Family.INET6;
    Holder socket = scene.a().open(SocketType.DGRAM, scene.loopback(), null);
    socket.set(six ? "IPV6_RECVTCLASS" : "IP_RECVTOS", true);
    socket.set(six ? "IPV6_RECVHOPLIMIT" : "IP_RECVTTL", true);
    socket.set(six ? "IPV6_RECVPKTINFO" : "IP_PKTINFO", true);
    socket.set("SO_TIMESTAMPNS", true);
    Holder sender = scene.c().openDatagram();
    sender.set(six ? "IPV6_TCLASS" : "IP_TOS", 0x10L);
    sender.set(six ? "IPV6_UNICAST_HOPS" : "IP_TTL", 42L);
    sender.sendTo(socket.local(), "hello");
    Reply.ControlData control = socket.recv(10).gives("hello").as(Reply.Received.class).control();
    assertThat(control.tos()).isEqualTo(0x10);
    assertThat(control.ttl()).isEqualTo(42);
    assertThat(control.destination()).isEqualTo(six ? "::1" : "127.0.0.1");
    assertThat(control.interfaceIndex()).isEqualTo(1);
    assertThat(control.timestampNanos()).isGreaterThan(1_600_000_000_000_000_000L);
  }

  @Scenario(
      id = "OP-08",
      rules = {21},
      registers = false,
      on = On.ONCE,
      steps = "A sets; the command line reads; the command line sets; A reads",
      expected = "one value")
  void op08ShouldShareOptionsWithTheCommandLine(Scene scene) throws Exception {
    Holder socket = scene.a().open();
    String id = "s" + socket.socket();
    Command command = Command.to(scene.suite().socket());
    socket.set("SO_RCVBUF", 1000L).is(2304);
    assertThat(command.run("get", id, "SO_RCVBUF").out()).contains("2304");
    socket.set("SO_KEEPALIVE", true);
    assertThat(command.run("get", id, "SO_KEEPALIVE").out()).contains("on");
    assertThat(command.run("set", id, "TCP_NODELAY", "on").exitCode()).isZero();
    socket.get("TCP_NODELAY").is(true);
    assertThat(command.run("set", id, "SO_LINGER", "{\"on\":true,\"seconds\":5}").exitCode())
        .isZero();
    socket.get("SO_LINGER").is(Map.of("on", true, "seconds", 5L));
  }
}
