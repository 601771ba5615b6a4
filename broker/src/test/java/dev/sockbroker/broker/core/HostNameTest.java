package dev.sockbroker.broker.core;

import static dev.sockbroker.broker.core.SimulatedKernel.EMPTY_HOST;
import static dev.sockbroker.broker.core.SimulatedKernel.HOST;
import static dev.sockbroker.broker.core.SimulatedKernel.SILENT_HOST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.policy.PolicyText;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connecting to a host name (rule 81), with lookups that the test answers. */
class HostNameTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession alice = broker.connect(10, 1000, false);
  private final RecordingSession administrator = broker.administrator(11);
  private long listener;
  private int port;

  @BeforeEach
  void listen() {
    listener = administrator.listener(4);
    port = administrator.local(listener).port();
  }

  @AfterEach
  void nothingRemains() {
    alice.end();
    while (broker.kernel.lookups() > 0) {
      broker.kernel.answerLookup();
    }
    broker.settle();
    administrator.end();
    assertThat(broker.kernel.openSockets()).as("sockets of the kernel").isZero();
    broker.assertEmpty();
    assertThat(broker.counts().threads()).isZero();
  }

  private Address named(String host) {
    return Address.inet(host, port);
  }

  private Request.Open opening(Long millis) {
    return Request.Open.of(null, SocketType.STREAM, named("db"), millis);
  }

  private long begin(Request request) {
    long id = alice.begin(request);
    broker.settle();
    return id;
  }

  private void answer(String... addresses) {
    broker.kernel.answerLookup(addresses);
    broker.settle();
  }

  private Reply.Opened opened(long id) {
    return (Reply.Opened) alice.answer(id).message();
  }

  @Test
  void shouldOpenASocketAtTheFirstAddressThatAccepts() {
    long open = begin(opening(null));
    answer(EMPTY_HOST, SILENT_HOST, HOST);
    broker.pass(249);
    assertThat(alice.answer(open)).as("the silent one comes first").isNull();
    broker.pass(1);
    Reply.Opened opened = opened(open);
    assertThat(opened.peer()).isEqualTo(Address.inet(HOST, port));
    assertThat(opened.created()).isTrue();
    assertThat(broker.counts().sockets()).as("and the listener").isEqualTo(2);
  }

  @Test
  void shouldSayWhyNoAddressAccepts() {
    long open = begin(opening(null));
    answer(EMPTY_HOST, "127.0.0.8");
    assertThat(alice.answer(open).message())
        .isInstanceOfSatisfying(
            Reply.Error.class,
            it ->
                assertThat(it.message())
                    .contains("ECONNREFUSED at 127.0.0.8:" + port + "; ECONNREFUSED at"));
    long unknown = begin(opening(null));
    answer();
    assertThat(alice.outcome(unknown)).isEqualTo("ENOENT");
  }

  @Test
  void shouldTryTheAddressesOfAnExistingSocketOneAfterTheOther() {
    long socket = alice.tcp();
    long connect = begin(new Request.Connect(socket, named("DB."), null));
    answer(EMPTY_HOST, SILENT_HOST, HOST);
    broker.pass(999);
    assertThat(alice.answer(connect)).isNull();
    broker.pass(1);
    assertThat(alice.outcome(connect)).isEqualTo("ok");
  }

  @Test
  void shouldKeepTheOrderOfRequestsWhileItLooksUp() {
    long socket = alice.tcp();
    long connect = begin(new Request.Connect(socket, named("db"), null));
    long send = alice.begin(RecordingSession.sending(socket, null), "hello");
    answer(HOST);
    assertThat(alice.outcome(connect)).isEqualTo("ok");
    assertThat(alice.outcome(send)).isNotEqualTo("ENOTCONN");
    assertThat(administrator.receive(administrator.accept(listener), 5)).contains("hello");
  }

  @Test
  void shouldRefuseWhatCannotWait() {
    long socket = alice.tcp();
    assertThat(alice.outcome(new Request.Connect(socket, named("db"), 0L))).isEqualTo("EINVAL");
    assertThat(alice.outcome(opening(0L))).isEqualTo("EINVAL");
    assertThat(alice.outcome(opening(null).listening(1))).isEqualTo("EINVAL");
    assertThat(alice.outcome(opening(null).connecting(Address.unix("/x"), null)))
        .isEqualTo("EINVAL");
    for (String host : List.of("1.2.3", "a b", "a..b", "-a", "0x7f.1", "", "a".repeat(64))) {
      assertThat(alice.outcome(new Request.Connect(socket, named(host), null)))
          .as(host)
          .isEqualTo("EINVAL");
      assertThat(alice.outcome(opening(null).connecting(named(host), null)))
          .as(host)
          .isEqualTo("EINVAL");
    }
    assertThat(broker.kernel.lookups()).isZero();
  }

  @Test
  void shouldRefuseAFamilyThatTheHostDoesNotHave() {
    long socket = alice.tcp();
    long connect = begin(new Request.Connect(socket, named("db"), null));
    answer("::1");
    assertThat(alice.outcome(connect)).isEqualTo("EAFNOSUPPORT");
  }

  @Test
  void shouldEndAtItsTimeOrWhenItIsCancelled() {
    long first = begin(opening(100L));
    answer(SILENT_HOST, SILENT_HOST);
    broker.pass(100);
    assertThat(alice.outcome(first)).isEqualTo("ETIMEDOUT (own time)");
    long second = begin(opening(null));
    answer(SILENT_HOST);
    alice.ask(new Request.Cancel(second));
    assertThat(alice.outcome(second)).isEqualTo("ECANCELED");
    long socket = alice.tcp();
    long third = begin(new Request.Connect(socket, named("db"), 100L));
    broker.pass(100);
    assertThat(alice.outcome(third)).isEqualTo("ETIMEDOUT (own time)");
    answer(HOST);
    assertThat(alice.outcome(new Request.Connect(socket, Address.inet(HOST, port), null)))
        .as("nothing was begun")
        .isEqualTo("ok");
  }

  @Test
  void shouldChargeTheThreadUntilTheLookupIsOver() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("session-threads", 2));
    RecordingSession one = small.connect(10, 1000, false);
    long[] opens = LongStream.range(0, 2).map(_ -> one.begin(opening(null))).toArray();
    assertThat(one.outcome(opening(null))).isEqualTo("ENOBUFS");
    for (long it : opens) {
      one.ask(new Request.Cancel(it));
    }
    assertThat(one.outcome(opening(null))).as("they still run").isEqualTo("ENOBUFS");
    small.kernel.answerLookup(HOST);
    long again = one.begin(opening(null));
    assertThat(one.answer(again)).isNull();
    one.end();
    small.kernel.answerLookup(HOST);
    small.kernel.answerLookup(HOST);
    small.settle();
    assertThat(small.counts().threads()).isZero();
    assertThat(small.kernel.openSockets()).isZero();
  }

  @Test
  void shouldAskThePolicyAboutTheNameAndItsAddresses() {
    broker
        .conductor
        .reloads()
        .apply(
            new Terms(
                Limits.DEFAULT,
                Quotas.NONE,
                PolicyText.of(
                    "rule user=1000 connect=tcp:db:*,tcp:other:*", "deny connect=tcp:127.0.0.9:*"),
                false));
    assertThat(alice.outcome(opening(null).connecting(named("evil"), null))).isEqualTo("EACCES");
    long good = begin(opening(null));
    answer(HOST);
    assertThat(alice.outcome(good)).isEqualTo("ok");
    long bad = begin(opening(null));
    answer(HOST, SILENT_HOST);
    assertThat(alice.outcome(bad)).as("one address is denied").isEqualTo("EACCES");
    long socket = alice.open(Family.INET, SocketType.STREAM);
    long connect = begin(new Request.Connect(socket, named("other"), null));
    answer(HOST, SILENT_HOST);
    assertThat(alice.outcome(connect)).isEqualTo("EACCES");
    assertThat(alice.outcome(new Request.Connect(socket, Address.inet(HOST, port), null)))
        .as("a rule for a name is none for its addresses")
        .isEqualTo("EACCES");
  }

  @Test
  void shouldListWhatANameHasLedToAsAViolation() {
    long open = begin(opening(null));
    answer(HOST);
    assertThat(alice.outcome(open)).isEqualTo("ok");
    assertThat(violationsUnder("rule user=1000 connect=tcp:db:*")).isZero();
    assertThat(violationsUnder("rule user=1000 connect=tcp:127.0.0.1:*")).isEqualTo(1);
    assertThat(violationsUnder("rule user=1000 connect=tcp:db:*", "deny connect=tcp:127.0.0.1:*"))
        .isEqualTo(1);
  }

  private int violationsUnder(String... rules) {
    broker
        .conductor
        .reloads()
        .apply(new Terms(Limits.DEFAULT, Quotas.NONE, PolicyText.of(rules), false));
    return administrator
        .ask(Reply.Violations.class, new Request.ListViolations(0, 0))
        .rows()
        .size();
  }

  @Test
  void shouldBeginAgainInAnotherBroker() {
    long trying = begin(new Request.Connect(alice.tcp(), named("db"), null));
    answer(SILENT_HOST, HOST);
    long looking = begin(new Request.Connect(alice.tcp(), named("db"), null));
    long open = begin(opening(10_000L));
    broker.kernel.forgetLookups();
    broker.handOver(alice, administrator);
    broker.pass(1000);
    assertThat(alice.outcome(trying)).as("its second address").isEqualTo("ok");
    answer(HOST);
    answer(HOST);
    assertThat(alice.outcome(looking)).isEqualTo("ok");
    assertThat(opened(open).peer()).isEqualTo(Address.inet(HOST, port));
    long late = begin(opening(1000L));
    broker.kernel.forgetLookups();
    broker.handOver(alice, administrator);
    broker.pass(1000);
    assertThat(alice.outcome(late)).isEqualTo("ETIMEDOUT (own time)");
  }

  private void enforce(String... rules) {
    broker
        .conductor
        .reloads()
        .apply(new Terms(Limits.DEFAULT, Quotas.NONE, PolicyText.of(rules), false));
  }

  /** Its turn comes while another session is served, and its refusal must stay its own. */
  @Test
  void shouldEndOnlyAConnectForWhichThereIsNoThreadWhenItsTurnComes() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("session-threads", 1));
    RecordingSession one = small.connect(10, 1000, false);
    RecordingSession other = small.connect(11, 1000, false);
    long shared = one.tcp();
    long held = one.share(shared, other);
    long first = one.begin(new Request.Connect(shared, named("db"), null));
    long second = one.begin(new Request.Connect(shared, named("db"), null));
    long full = one.begin(opening(null));
    assertThat(one.outcome(full)).isEqualTo("ENOBUFS");
    small.kernel.answerLookup(EMPTY_HOST);
    long busy = one.begin(opening(null));
    small.settle();
    assertThat(one.outcome(first)).isEqualTo("ECONNREFUSED");
    assertThat(one.outcome(second)).isEqualTo("ENOBUFS");
    assertThat(other.outcome(new Request.Close(held, false))).isEqualTo("ok");
    one.end();
    while (small.kernel.lookups() > 0) {
      small.kernel.answerLookup();
    }
    small.settle();
    assertThat(one.answer(busy)).isNull();
    assertThat(small.kernel.openSockets()).isZero();
  }

  @Test
  void shouldAskAgainBeforeEachAttemptOfAnOpen() {
    enforce("rule user=1000 connect=tcp:db:*");
    long open = begin(opening(null));
    answer(SILENT_HOST, HOST);
    enforce("rule user=1000 connect=tcp:db:*", "deny connect=tcp:127.0.0.1:*");
    broker.pass(250);
    assertThat(alice.outcome(open)).isEqualTo("EACCES");
  }

  @Test
  void shouldAskAgainWhenAnOpenIsConnected() {
    for (String rule :
        List.of("rule user=1000 connect=tcp:other:*", "deny connect=tcp:127.0.0.1:*")) {
      enforce("rule user=1000 connect=tcp:db:*");
      long open = begin(opening(null));
      broker.kernel.answerLookup(HOST);
      enforce("rule user=1000 connect=tcp:x" + ":*", rule);
      broker.settle();
      assertThat(alice.outcome(open)).as(rule).isEqualTo("EACCES");
    }
  }

  @Test
  void shouldTakeAwayWhatIsOnItsWayToADeniedAddress() {
    long socket = alice.open(Family.INET, SocketType.STREAM);
    long connect = begin(new Request.Connect(socket, named("db"), null));
    answer(SILENT_HOST);
    assertThat(violationsUnder("rule user=1000 connect=tcp:db:*", "deny connect=tcp:127.0.0.9:*"))
        .isEqualTo(1);
    broker.handOver(alice, administrator);
    assertThat(violationsUnder("rule user=1000 connect=tcp:db:*", "deny connect=tcp:127.0.0.9:*"))
        .isEqualTo(1);
    assertThat(alice.answer(connect)).isNull();
  }

  @Test
  void shouldNotTryAnAddressThatIsDeniedByNow() {
    long socket = alice.open(Family.INET, SocketType.STREAM);
    long connect = begin(new Request.Connect(socket, named("db"), null));
    answer(SILENT_HOST, HOST);
    enforce("rule user=1000 connect=tcp:db:*", "deny connect=tcp:127.0.0.1:*");
    broker.pass(1000);
    assertThat(alice.outcome(connect)).isEqualTo("EACCES");
  }

  @Test
  void shouldJoinOnlyWhatIsConnectedToTheSameAddress() {
    Request.Open open = opening(null).named("upstream", 0);
    long first = begin(open);
    answer(HOST);
    Reply.Opened opened = opened(first);
    assertThat(alice.ask(Reply.Opened.class, open).socket()).isEqualTo(opened.socket());
    assertThat(alice.ask(Reply.Opened.class, open.connecting(named(HOST), null)).socket())
        .isEqualTo(opened.socket());
    assertThat(alice.outcome(open.connecting(named("other"), null))).isEqualTo("EADDRINUSE");
    assertThat(alice.outcome(open.connecting(named("db"), 0L))).isEqualTo("EINVAL");
    long fresh = alice.tcp();
    alice.ask(Reply.Done.class, Request.Name.of(fresh, "fresh", 0));
    assertThat(alice.outcome(opening(null).named("fresh", 0))).isEqualTo("EADDRINUSE");
  }

  @Test
  void shouldKeepTheFamilyThatWasAskedFor() {
    assertThat(alice.outcome(Request.Open.of(Family.INET6, SocketType.STREAM, named(HOST), null)))
        .isEqualTo("EAFNOSUPPORT");
  }

  /** The memory of an answer counts until it is checked. */
  @Test
  void shouldChargeTheMemoryOfAnAnswer() {
    begin(opening(null));
    assertThat(broker.counts().bufferedBytes()).isEqualTo(1 << 20);
    answer(HOST);
    assertThat(broker.counts().bufferedBytes()).isZero();
  }
}
