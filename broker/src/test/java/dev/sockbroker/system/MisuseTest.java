package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract's table of errors for misuse, row by row: the error is correct, and nothing else
 * happens.
 */
@WithBroker
class MisuseTest {
  private static final Address LOOPBACK = Address.inet("127.0.0.1", 0);
  private static BrokerProcess broker;

  private WireClient client;
  private WireClient other;

  @BeforeEach
  void connect() throws IOException {
    client = WireClient.welcomed(broker.socket());
    other = WireClient.welcomed(broker.socket());
  }

  @AfterEach
  void disconnect() throws IOException {
    client.close();
    other.close();
  }

  /** A request on a descriptor, the right that it needs (null for none), and a sample of it. */
  record OnDescriptor(String name, Right right, LongFunction<Request> form) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<OnDescriptor> onDescriptor() {
    Set<NetworkEvent> events = EnumSet.of(NetworkEvent.READ);
    return Stream.of(
        of("bind", Right.BIND, d -> new Request.Bind(d, LOOPBACK)),
        of("listen", Right.LISTEN, d -> new Request.Listen(d, 1)),
        of("connect", Right.CONNECT, d -> new Request.Connect(d, LOOPBACK, 0L)),
        of("accept", Right.ACCEPT, d -> new Request.Accept(d, 0L)),
        of("send", Right.SEND, d -> Request.Send.of(d, 0L)),
        of("receive", Right.RECV, d -> new Request.Receive(d, 1, 0L, false, false)),
        of("peek", Right.RECV, d -> new Request.Receive(d, 1, 0L, true, false)),
        of("out-of-band", Right.RECV, d -> new Request.Receive(d, 1, 0L, false, true)),
        of("shutdown", Right.SHUTDOWN, d -> new Request.Shutdown(d, Direction.BOTH)),
        of("getOption", Right.GETOPT, d -> Request.GetOption.named(d, "SO_RCVBUF")),
        of("setOption", Right.SETOPT, d -> Request.SetOption.named(d, "SO_RCVBUF", 5000L)),
        of("listOptions", Right.GETOPT, Request.ListOptions::new),
        of("asyncSelect", Right.EVENT, d -> new Request.AsyncSelect(d, events)),
        of("eventSelect", Right.EVENT, Request.EventSelect::cancelAny),
        of("enumNetworkEvents", Right.EVENT, d -> new Request.EnumNetworkEvents(d, 0)),
        of("rearm", Right.RECV, d -> new Request.Rearm(d, events)),
        of(
            "duplicate",
            Right.DUPLICATE,
            d -> Request.Duplicate.toPid(d, myPid()).withRights(Set.of())),
        of("name", Right.EXPORT, d -> Request.Name.of(d, "misused", 0)),
        of("getAddresses", null, Request.GetAddresses::new),
        of("close", null, Request.Close::new));
  }

  private static OnDescriptor of(String name, Right right, LongFunction<Request> form) {
    return new OnDescriptor(name, right, form);
  }

  @ParameterizedTest
  @MethodSource("onDescriptor")
  void shouldAnswerEbadfToADescriptorThatIsUnknownClosedOrForeign(OnDescriptor request)
      throws IOException {
    long unknown = 1L << 40;
    long closed = open(client, SocketType.STREAM);
    client.ask(Reply.Done.class, new Request.Close(closed));
    long foreign = open(other, SocketType.STREAM);

    for (long descriptor : new long[] {unknown, -1, 0, closed, foreign}) {
      Request misuse = request.form().apply(descriptor);
      Reply.Error error = client.refused(Errno.EBADF, misuse);
      if (descriptor > 0) {
        assertThat(error.message()).contains("d" + descriptor);
      }
    }
    assertThat(other.ask(new Request.GetAddresses(foreign))).isInstanceOf(Reply.Addresses.class);
  }

  @ParameterizedTest
  @MethodSource("onDescriptor")
  void shouldAnswerEpermWithoutTheRightBeforeItLooksAtAnythingElse(OnDescriptor request)
      throws IOException {
    if (request.right() == null) {
      return; // needs none
    }
    long all = open(client, SocketType.DGRAM);
    Set<Right> rights = EnumSet.complementOf(EnumSet.of(request.right()));
    String before = shown(all);
    long descriptor = redeem(other, duplicate(all, other, rights));

    Reply.Error error = other.refused(Errno.EPERM, request.form().apply(descriptor));

    assertThat(error.message()).contains("right");
    other.ask(Reply.Done.class, new Request.Close(descriptor));
    assertThat(shown(all)).as("the socket is as it was").isEqualTo(before);
  }

  @Test
  void shouldLetRightsOnlyShrink() throws IOException {
    long all = open(client, SocketType.STREAM);
    Set<Right> few = EnumSet.of(Right.RECV, Right.DUPLICATE);
    long shrunk = redeem(other, duplicate(all, other, few));

    other.refused(
        Errno.EPERM,
        Request.Duplicate.toPid(shrunk, myPid()).withRights(EnumSet.of(Right.RECV, Right.SEND)));
    other.refused(Errno.EPERM, new Request.RevokeDescriptor(all));
  }

  @Test
  void shouldRefuseTheNameOfAUnixSocketForAnInternetAddress() throws IOException {
    Address path = Address.unix("@" + System.nanoTime());
    client.ask(Reply.Opened.class, unix(path));
    client.refused(Errno.EADDRINUSE, unix(Address.inet("127.0.0.1", 0)));
  }

  private static Request unix(Address at) {
    return Request.Open.of(Family.UNIX, SocketType.STREAM).boundTo(at).named("a unix socket", 0);
  }

  @Test
  void shouldAnswerTheSameToEveryTokenThatIsNotGood() throws Exception {
    long descriptor = open(client, SocketType.STREAM);
    String used = duplicate(descriptor, other, null);
    redeem(other, used);
    String notOurs = duplicate(descriptor, client, null);
    String expired = duplicated(descriptor, 1L);
    String revoked = duplicate(descriptor, other, null);
    client.ask(Reply.Done.class, new Request.RevokeToken(revoked));
    awaitThatItEnds(descriptor, expired);

    Set<String> sentences = new HashSet<>();
    for (String token :
        List.of(used, notOurs, expired, revoked, "", "x", "x".repeat(100_000), "\u20ac", "t1")) {
      sentences.add(other.refused(Errno.EINVAL, new Request.Redeem(token)).message());
    }

    assertThat(sentences).as("nobody learns which tokens there are").hasSize(1);
    assertThat(redeem(client, notOurs)).as("it stays good for its target").isPositive();
  }

  @Test
  void shouldNotRevokeWhatIsUnknownUsedOrAnothers() throws IOException {
    long descriptor = open(client, SocketType.STREAM);
    String used = duplicate(descriptor, other, null);
    long redeemed = redeem(other, used);
    String others = duplicate(descriptor, other, null);

    client.refused(Errno.EINVAL, new Request.RevokeToken(used));
    client.refused(Errno.EINVAL, new Request.RevokeToken("x"));
    other.refused(Errno.EINVAL, new Request.RevokeToken(others));

    assertThat(other.ask(new Request.GetAddresses(redeemed))).isInstanceOf(Reply.Addresses.class);
    assertThat(redeem(other, others)).isPositive();
  }

  @Test
  void shouldRefuseATokenForNobody() throws Exception {
    long descriptor = open(client, SocketType.STREAM);
    Process zombie = new ProcessBuilder("true").start();
    int dead = (int) zombie.pid();
    zombie.waitFor();
    Path threads = Path.of("/proc/self/task");
    int thread;
    try (Stream<Path> tasks = Files.list(threads)) {
      thread =
          tasks
              .map(task -> Integer.parseInt(task.getFileName().toString()))
              .filter(id -> id != myPid())
              .findFirst()
              .orElseThrow();
    }

    for (int pid : new int[] {0, -1, dead, thread, Integer.MAX_VALUE}) {
      client.refused(Errno.EINVAL, Request.Duplicate.toPid(descriptor, pid));
    }
    client.refused(Errno.EINVAL, Request.Duplicate.toSession(descriptor, 1L << 40));
    client.refused(Errno.EINVAL, Request.Duplicate.toUid(descriptor, 0L));
    client.refused(Errno.EINVAL, new Request.Duplicate(descriptor, null, null, null, null, null));
    client.refused(Errno.EINVAL, new Request.Duplicate(descriptor, myPid(), 1L, null, null, null));
    client.refused(Errno.EINVAL, Request.Duplicate.toPid(descriptor, myPid()).expiringIn(0L));
    client.refused(Errno.EINVAL, Request.Duplicate.toPid(descriptor, myPid()).expiringIn(-1L));
  }

  @Test
  void shouldAnswerWhatASocketOfThatKindOrStateCannotDo() throws IOException {
    long stream = open(client, SocketType.STREAM);
    long datagram = open(client, SocketType.DGRAM);

    client.refused(Errno.EINVAL, new Request.Accept(stream, 0L));
    client.refused(Errno.EINVAL, new Request.Accept(stream, -1L));
    client.refused(Errno.EOPNOTSUPP, new Request.Accept(datagram, 0L));
    client.refused(Errno.EOPNOTSUPP, new Request.Listen(datagram, 1));
    client.refused(Errno.EOPNOTSUPP, new Request.Receive(datagram, 1, 0L, false, true));
    client.refused(Errno.EOPNOTSUPP, new Request.Send(datagram, null, null, true, 0L));
    client.refused(Errno.ENOTCONN, new Request.Shutdown(stream, Direction.SEND));
    client.refused(Errno.EDESTADDRREQ, Request.Send.of(datagram, 0L));
  }

  @Test
  void shouldRefuseRegistrationsThatMakeNoSense() throws IOException {
    long descriptor = open(client, SocketType.STREAM);
    Set<NetworkEvent> read = EnumSet.of(NetworkEvent.READ);
    long others = other.ask(Reply.EventObject.class, new Request.CreateEvent()).object();
    long own = client.ask(Reply.EventObject.class, new Request.CreateEvent()).object();
    client.ask(Reply.Registered.class, new Request.EventSelect(descriptor, read, own));
    String before = shown(descriptor);

    client.refused(Errno.EINVAL, new Request.EventSelect(descriptor, read, 0));
    for (long object : new long[] {others, 1L << 40, -1}) {
      client.refused(Errno.EINVAL, new Request.EventSelect(descriptor, read, object));
      client.refused(Errno.EINVAL, new Request.EnumNetworkEvents(descriptor, object));
      client.refused(Errno.EINVAL, new Request.SetEvent(object));
      client.refused(Errno.EINVAL, new Request.ResetEvent(object));
      client.refused(Errno.EINVAL, new Request.CloseEvent(object));
      client.refused(Errno.EINVAL, new Request.WaitEvents(List.of(own, object), false, 0L));
    }
    client.refused(Errno.EINVAL, new Request.WaitEvents(List.of(), false, 0L));
    client.refused(Errno.EINVAL, Request.SetOption.named(descriptor, "O_NONBLOCK", false));

    assertThat(shown(descriptor)).as("a refused call changes nothing").isEqualTo(before);
  }

  @Test
  void shouldRefuseANameThatIsTaken() throws IOException {
    long named = open(client, new Named("taken", 60_000), SocketType.STREAM, LOOPBACK);
    String before = shown(named);
    Address elsewhere = Address.inet("127.0.0.2", 0);

    client.refused(Errno.EADDRINUSE, openRequest("taken", 0, SocketType.DGRAM, LOOPBACK));
    client.refused(Errno.EADDRINUSE, openRequest("taken", 0, SocketType.STREAM, elsewhere));
    client.refused(Errno.EINVAL, openRequest(null, 1000, SocketType.STREAM, LOOPBACK));
    client.refused(Errno.ENOENT, new Request.Attach("nobody's"));
    long unnamed = open(client, SocketType.STREAM);
    client.refused(Errno.EADDRINUSE, Request.Name.of(unnamed, "taken", 0));
    client.refused(Errno.EINVAL, new Request.Name(unnamed, null, 1000, null, null));
    for (String name : new String[] {"", "s1", "d1", "x".repeat(256), "a\u0007b"}) {
      client.refused(Errno.EINVAL, Request.Name.of(unnamed, name, 0));
    }

    assertThat(shown(named)).isEqualTo(before);
    client.ask(Reply.Done.class, Request.Name.none(named));
  }

  @Test
  void shouldRefuseOptionsThatAreUnknownUnfitOrHarmful() throws IOException {
    long descriptor = open(client, SocketType.STREAM);
    String before = shown(descriptor);

    for (String name : new String[] {"SO_NOTHING", "", "UDP_GRO", "x".repeat(900_000)}) {
      client.refused(Errno.ENOPROTOOPT, Request.GetOption.named(descriptor, name));
      client.refused(Errno.ENOPROTOOPT, Request.SetOption.named(descriptor, name, true));
    }
    for (Object value : new Object[] {"yes", 1L << 40, List.of(), Map.of("on", true)}) {
      client.refused(Errno.EINVAL, Request.SetOption.named(descriptor, "SO_RCVBUF", value));
      client.refused(Errno.EINVAL, Request.SetOption.named(descriptor, "TCP_NODELAY", value));
    }
    for (Object value : new Object[] {5L, List.of(), Map.of("on", true, "seconds", -1L)}) {
      client.refused(Errno.EINVAL, Request.SetOption.named(descriptor, "SO_LINGER", value));
    }
    for (Object value : new Object[] {1L, "0", "xy", "0x01", List.of()}) {
      client.refused(Errno.EINVAL, Request.SetOption.numbered(descriptor, 1, 2, value));
    }
    client.refused(Errno.EPERM, Request.SetOption.numbered(descriptor, 1, 42, "01000000"));
    client.refused(Errno.EINVAL, Request.GetOption.numbered(descriptor, 1, 2, -1));
    client.refused(Errno.EINVAL, Request.GetOption.numbered(descriptor, 1, 2, 1 << 30));

    assertThat(shown(descriptor)).isEqualTo(before);
  }

  @Test
  void shouldSayWhatTheKernelSays() throws IOException {
    long bound = open(client, new Named(null, 0), SocketType.STREAM, LOOPBACK);
    client.ask(Reply.Addresses.class, new Request.Listen(bound, 1));
    Address taken = client.ask(Reply.Addresses.class, new Request.GetAddresses(bound)).local();
    long fresh = open(client, SocketType.STREAM);

    Reply.Error inUse = client.refused(Errno.EADDRINUSE, new Request.Bind(fresh, taken));
    client.refused(Errno.EADDRNOTAVAIL, new Request.Bind(fresh, Address.inet("192.0.2.1", 0)));
    client.refused(Errno.EINVAL, new Request.Bind(bound, LOOPBACK));
    client.refused(Errno.ENOPROTOOPT, Request.GetOption.numbered(fresh, 6, 9999, 4));

    assertThat(inUse.errno()).isEqualTo(98);
    assertThat(client.ask(Reply.Addresses.class, new Request.Bind(fresh, LOOPBACK)).local().port())
        .as("it is as it was, so it can be bound")
        .isPositive();
  }

  @Test
  void shouldRefuseAddressesThatAreNone() throws IOException {
    long inet = open(client, SocketType.STREAM);
    for (String host : new String[] {"", "localhost", "1.2.3", "1.2.3.4.5", "::1", "256.0.0.1"}) {
      assertThat(client.ask(new Request.Bind(inet, Address.inet(host, 0))))
          .as("bind to '%s'", host)
          .isInstanceOfSatisfying(
              Reply.Error.class,
              error -> assertThat(error.errno()).isIn(Errno.EINVAL, Errno.EAFNOSUPPORT));
    }
    assertThat(client.ask(new Request.Bind(inet, Address.unix("/tmp/x"))))
        .isInstanceOf(Reply.Error.class);
    long unix =
        client
            .ask(Reply.Opened.class, Request.Open.of(Family.UNIX, SocketType.STREAM))
            .descriptor();
    client.refused(
        Errno.ENAMETOOLONG, new Request.Bind(unix, Address.unix("/tmp/" + "x".repeat(200))));
    client.refused(Errno.EINVAL, new Request.Bind(unix, Address.unix("/tmp/a\u0000b")));
  }

  @Test
  void shouldRefuseTimesAndLengthsThatMakeNoSense() throws IOException {
    long descriptor = open(client, new Named(null, 0), SocketType.DGRAM, LOOPBACK);

    client.refused(Errno.EINVAL, new Request.Receive(descriptor, 1, -2L, false, false));
    client.refused(Errno.EINVAL, new Request.Receive(descriptor, -1, 0L, false, false));
    client.refused(Errno.EINVAL, new Request.Send(descriptor, -1L, null, false, 0L));
    client.refused(Errno.EMSGSIZE, new Request.Send(descriptor, 10L, null, false, 0L));
    client.refused(Errno.EINVAL, openRequest("n", -2, SocketType.STREAM, LOOPBACK));
    client.refused(
        Errno.EAGAIN, new Request.Receive(descriptor, Integer.MAX_VALUE, 0L, false, false));
    long listener = open(client, new Named(null, 0), SocketType.STREAM, LOOPBACK);
    client.refused(Errno.EINVAL, new Request.Listen(listener, -1));
  }

  private record Named(String name, long retainMillis) {}

  private static long open(WireClient client, SocketType type) throws IOException {
    return open(client, new Named(null, 0), type, null);
  }

  private static long open(WireClient client, Named name, SocketType type, Address bind)
      throws IOException {
    return client
        .ask(Reply.Opened.class, openRequest(name.name(), name.retainMillis(), type, bind))
        .descriptor();
  }

  private static Request openRequest(
      String name, long retainMillis, SocketType type, Address bind) {
    return Request.Open.of(Family.INET, type).boundTo(bind).named(name, retainMillis);
  }

  private String duplicate(long descriptor, WireClient target, Set<Right> rights)
      throws IOException {
    return client
        .ask(
            Reply.Duplicated.class,
            Request.Duplicate.toSession(descriptor, target.welcome().session()).withRights(rights))
        .token();
  }

  private String duplicated(long descriptor, long expiryMillis) throws IOException {
    return client
        .ask(
            Reply.Duplicated.class,
            Request.Duplicate.toSession(descriptor, other.welcome().session())
                .expiringIn(expiryMillis))
        .token();
  }

  private void awaitThatItEnds(long descriptor, String token) {
    Awaitility.await()
        .until(
            () ->
                client.ask(Reply.Shown.class, new Request.Show("d" + descriptor)).tokens().stream()
                    .allMatch(it -> it.expiryMillis() == null));
    assertThat(token).isNotEmpty();
  }

  private static long redeem(WireClient client, String token) throws IOException {
    return client.ask(Reply.Opened.class, new Request.Redeem(token)).descriptor();
  }

  /** Everything about a socket that a request could have changed. */
  private String shown(long descriptor) throws IOException {
    Reply.Shown it = client.ask(Reply.Shown.class, new Request.Show("d" + descriptor));
    return it.state()
        + " "
        + it.name()
        + " "
        + it.local()
        + " "
        + it.blocking()
        + " "
        + it.retainMillis()
        + " "
        + it.registration()
        + " "
        + it.waitingIn()
        + it.waitingOut()
        + " "
        + options(it);
  }

  private static Map<String, Object> options(Reply.Shown shown) {
    Map<String, Object> lasting = new TreeMap<>(shown.options());
    lasting.keySet().removeAll(Set.of("TCP_INFO", "SO_MEMINFO"));
    return lasting;
  }

  private static int myPid() {
    return (int) ProcessHandle.current().pid();
  }
}
