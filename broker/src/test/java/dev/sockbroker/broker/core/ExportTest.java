package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Exporting the raw fd: to which holders, in which mode, and what the broker still controls. */
class ExportTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession a = broker.connect(10);
  private final RecordingSession b = broker.connect(11);
  private final RecordingSession administrator = broker.administrator(12);
  private final long listener = a.listener(8);
  private final SimulatedTcp kernels = broker.kernel.tcp.get(a.local(listener).port());

  private static Request export(long descriptor) {
    return new Request.Export(descriptor, false);
  }

  private static Request exportNonBlocking(long descriptor) {
    return new Request.Export(descriptor, true);
  }

  private long connected() {
    a.dial(listener);
    return a.accept(listener);
  }

  private SimulatedTcp kernelsOf(long descriptor) {
    return (SimulatedTcp) a.session.descriptor(descriptor).socket.kernel();
  }

  private List<Boolean> exported(RecordingSession session, long descriptor) {
    return session
        .ask(
            Reply.Listing.class,
            Request.ListDescriptors.ofSocket(session.session.descriptor(descriptor).socket.id()))
        .rows()
        .stream()
        .map(Reply.DescriptorInfo::exported)
        .toList();
  }

  @Test
  void shouldGiveTheSocketsOwnFdBeforeTheReply() {
    a.holdReplies();
    long export = a.begin(export(listener));
    assertThat(a.fds()).containsExactly(kernels.fd());
    assertThat(a.outcome(export)).as("while it has not gone").isEqualTo("waits");
    a.readAgain();
    assertThat(a.outcome(export)).isEqualTo("ok");
    assertThat(kernels.nonBlocking).isFalse();
    assertThat(exported(a, listener)).containsExactly(true);
    assertThat(broker.counts().exports()).isEqualTo(1);
    a.close(listener);
    assertThat(broker.counts().exports()).isZero();
  }

  @Test
  void shouldNeedAllRights() {
    Set<Right> rights = EnumSet.complementOf(EnumSet.of(Right.GETOPT));
    String token =
        a.ask(
                Reply.Duplicated.class,
                Request.Duplicate.toSession(listener, b.id()).withRights(rights))
            .token();
    assertThat(b.outcome(export(b.redeem(token)))).isEqualTo("EPERM");
    assertThat(b.fds()).isEmpty();
    long whole = a.share(listener, b);
    assertThat(b.outcome(export(whole))).isEqualTo("ok");
  }

  @Test
  void shouldNotExportWhileItConnects() {
    SimulatedTcp full = broker.kernel.tcp();
    full.listen(0);
    Address at = full.localAddress();
    broker.kernel.tcp().connect(at);
    long client = a.tcp();
    assertThat(a.outcome(new Request.Connect(client, at, 0L))).isEqualTo("EINPROGRESS");
    assertThat(a.outcome(exportNonBlocking(client))).isEqualTo("EBUSY");
    full.accept();
    broker.settle();
    assertThat(a.outcome(exportNonBlocking(client))).isEqualTo("ok");
  }

  @Test
  void shouldSayWhoHoldsItInTheOtherMode() {
    long second = a.share(listener, b);
    a.ask(Reply.Done.class, export(listener));
    Reply.Error error = b.ask(Reply.Error.class, exportNonBlocking(second));
    assertThat(error.error()).isEqualTo("EBUSY");
    assertThat(error.message()).contains("pid 10", "d" + listener, " blocking");
    assertThat(kernels.nonBlocking).isFalse();
    assertThat(b.fds()).isEmpty();
    assertThat(b.outcome(export(second))).isEqualTo("ok");

    a.close(listener);
    assertThat(b.outcome(exportNonBlocking(second))).as("it has it itself").isEqualTo("EBUSY");
  }

  @Test
  void shouldSetTheModeForTheFirstHolderAndAgainForTheSame() {
    long second = a.share(listener, b);
    a.ask(Reply.Done.class, export(listener));
    kernels.nonBlocking = true;
    b.ask(Reply.Done.class, export(second));
    assertThat(kernels.nonBlocking).as("as a program with a loop of its own left it").isTrue();
    a.ask(Reply.Done.class, export(listener));
    assertThat(kernels.nonBlocking).isFalse();
  }

  @Test
  void shouldCountNothingThatDidNotGo() {
    a.endFdConnection();
    assertThat(a.outcome(export(listener))).isEqualTo("ENOTCONN");
    assertThat(kernels.nonBlocking).isTrue();

    long second = a.share(listener, b);
    b.holdReplies();
    b.begin(export(second));
    assertThat(kernels.nonBlocking).isFalse();
    b.end();
    assertThat(kernels.nonBlocking).isTrue();
    assertThat(exported(a, listener)).containsExactly(false);

    a.dial(listener);
    a.accept(listener);
    assertThat(broker.kernel.acceptors()).as("the loop accepts again").isZero();
  }

  @Test
  void shouldRefuseToConnectByABlockingCall() {
    SimulatedTcp outside = broker.kernel.tcp();
    outside.listen(4);
    long client = a.tcp();
    a.ask(Reply.Done.class, exportNonBlocking(client));
    assertThat(a.outcome(new Request.Connect(client, outside.localAddress(), 1000L)))
        .isEqualTo("EBUSY");
    assertThat(a.outcome(new Request.Connect(listener, outside.localAddress(), 0L)))
        .isEqualTo("EISCONN");
    a.ask(Reply.Done.class, export(listener));
    assertThat(a.outcome(new Request.Connect(listener, outside.localAddress(), 0L)))
        .as("nothing would be begun")
        .isEqualTo("EISCONN");
    long udp = a.udp();
    a.ask(Reply.Done.class, export(udp));
    Address at = Address.inet(SimulatedKernel.HOST, 9);
    assertThat(a.outcome(new Request.Connect(udp, at, 1000L))).as("never waits").isEqualTo("ok");
  }

  @Test
  void shouldAcceptOnAThreadOfItsOwn() {
    a.ask(Reply.Done.class, export(listener));
    broker.kernel.hangAcceptors(true);
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("EAGAIN");
    long accept = a.begin(new Request.Accept(listener, -1L));
    assertThat(broker.kernel.acceptors()).as("nobody accepts for nothing").isZero();

    a.dial(listener);
    assertThat(broker.kernel.acceptors()).isEqualTo(1);
    assertThat(a.outcome(accept)).isEqualTo("waits");
    broker.kernel.hangAcceptors(false);
    broker.settle();
    assertThat(a.outcome(accept)).isEqualTo("ok");

    a.dial(listener);
    assertThat(kernels.queuedIn()).as("left to who has the fd: nobody waits").isEqualTo(1);
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("ok");
  }

  @Test
  void shouldLetAnAcceptThatMayNotWaitSeeThatAnotherWasFaster() {
    a.ask(Reply.Done.class, export(listener));
    a.dial(listener);
    broker.kernel.hangAcceptors(true);
    long accept = a.begin(new Request.Accept(listener, 0L));
    assertThat(a.outcome(accept)).isEqualTo("waits");
    kernels.accept();
    broker.pass(20);
    assertThat(a.outcome(accept)).isEqualTo("EAGAIN");
  }

  @Test
  void shouldKeepAConnectionWhoseAcceptIsGoneForTheNext() {
    a.ask(Reply.Done.class, export(listener));
    a.select(listener, NetworkEvent.ACCEPT);
    broker.kernel.hangAcceptors(true);
    long accept = a.begin(new Request.Accept(listener, -1L));
    a.dial(listener);
    a.ask(Reply.Done.class, new Request.Cancel(accept));
    assertThat(a.outcome(accept)).isEqualTo("ECANCELED");
    broker.kernel.hangAcceptors(false);
    broker.settle();
    assertThat(kernels.queuedIn()).isZero();
    assertThat(a.takeEvents()).contains("ACCEPT");
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("ok");
  }

  @Test
  void shouldAnswerWhatTheKernelSaysToAnAcceptApart() {
    a.ask(Reply.Done.class, export(listener));
    broker.kernel.hangAcceptors(true);
    long accept = a.begin(new Request.Accept(listener, -1L));
    a.dial(listener);
    kernels.shutdown(Direction.RECEIVE);
    broker.kernel.hangAcceptors(false);
    broker.kernel.runAcceptor();
    assertThat(a.outcome(accept)).isEqualTo("EINVAL");
    broker.settle();
    assertThat(a.outcome(new Request.Accept(listener, 0L)))
        .as("the broker listens again")
        .isEqualTo("EAGAIN");
  }

  @Test
  void shouldAcceptAgainWhenThereAreFdsAgain() {
    a.ask(Reply.Done.class, export(listener));
    a.dial(listener);
    broker.kernel.refuseAcceptors(new RefusedException(Errno.EMFILE, "no fd is left"));
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("EMFILE");
    broker.kernel.refuseAcceptors(null);
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("ok");
  }

  /** A listener that others hold too, so that the thread of an accept hangs. */
  private static long exportedListener(RecordingSession session) {
    long made = session.listener(8);
    session.ask(Reply.Done.class, export(made));
    session.dial(made);
    return made;
  }

  @Test
  void shouldBoundTheThreadsOfASession() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("session-threads", 1));
    RecordingSession mine = small.connect(10);
    long first = exportedListener(mine);
    long second = exportedListener(mine);
    small.kernel.hangAcceptors(true);
    long accept = mine.begin(new Request.Accept(first, -1L));

    Reply.Error refused = mine.ask(Reply.Error.class, new Request.Accept(second, -1L));
    assertThat(refused.error()).isEqualTo("ENOBUFS");
    assertThat(refused.message()).contains("1 of 1 threads", "session-threads=");
    assertThat(small.counts().threads()).isEqualTo(1);
    RecordingSession other = small.connect(11);
    long others = exportedListener(other);
    assertThat(other.outcome(other.begin(new Request.Accept(others, -1L)))).isEqualTo("waits");

    small.kernel.hangAcceptors(false);
    small.settle();
    assertThat(mine.outcome(accept)).isEqualTo("ok");
    assertThat(mine.outcome(new Request.Accept(second, -1L))).as("it waited").isEqualTo("ok");
    assertThat(small.counts().threads()).isZero();
  }

  @Test
  void shouldBoundTheThreadsOfAUser() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("user-threads", 1));
    RecordingSession first = small.connect(10, 1001, false);
    RecordingSession second = small.connect(11, 1001, false);
    long one = exportedListener(first);
    long two = exportedListener(second);
    small.kernel.hangAcceptors(true);
    first.begin(new Request.Accept(one, -1L));
    assertThat(second.outcome(new Request.Accept(two, -1L))).isEqualTo("EDQUOT");
  }

  @Test
  void shouldChargeAThreadToTheSessionWhoseAcceptIsNext() {
    TestBroker small = new TestBroker(Limits.DEFAULT.with("session-threads", 1));
    RecordingSession first = small.connect(10);
    RecordingSession second = small.connect(11);
    long shared = exportedListener(first);
    long theirs = first.share(shared, second);
    small.kernel.hangAcceptors(true);
    long accept = first.begin(new Request.Accept(shared, -1L));
    second.begin(new Request.Accept(theirs, -1L));
    assertThat(used(first)).isEqualTo(1);
    assertThat(used(second)).as("it waits behind").isZero();

    first.ask(Reply.Done.class, new Request.Cancel(accept));
    small.settle();
    assertThat(used(first)).as("it waits no more").isZero();
    assertThat(used(second)).isEqualTo(1);
    second.end();
    assertThat(small.counts().threads()).as("the thread still hangs").isEqualTo(1);

    first.end();
    small.kernel.hangAcceptors(false);
    small.settle();
    small.assertEmpty();
  }

  @Test
  void shouldChargeAThreadUntilItIsBack() {
    broker.kernel.hangAcceptors(true);
    a.ask(Reply.Done.class, export(listener));
    a.dial(listener);
    a.begin(new Request.Accept(listener, -1L));
    a.close(listener);
    assertThat(used(a)).isEqualTo(1);
    broker.kernel.hangAcceptors(false);
    broker.settle();
    assertThat(used(a)).isZero();
  }

  private static long used(RecordingSession session) {
    return session.session.account().used(Resource.THREADS);
  }

  @Test
  void shouldListenAgainAfterAHolderEndedItThoughNobodyWaits() {
    a.ask(Reply.Done.class, export(listener));
    kernels.shutdown(Direction.RECEIVE);
    broker.settle();
    a.dial(listener);
    assertThat(a.outcome(new Request.Accept(listener, 0L))).isEqualTo("ok");
  }

  @Test
  void shouldShutASocketDownWithItsLastDescriptor() {
    long server = connected();
    SimulatedTcp kernel = kernelsOf(server);
    long second = a.share(server, b);
    a.ask(Reply.Done.class, exportNonBlocking(server));
    a.close(server);
    assertThat(kernel.poll() & KernelSocket.HUP).as("others hold it").isZero();
    b.close(second);
    assertThat(kernel.poll() & KernelSocket.HUP).isNotZero();
    broker.settle();
  }

  @Test
  void shouldShutItDownWhenTheSessionEnds() {
    long server = connected();
    SimulatedTcp kernel = kernelsOf(server);
    a.ask(Reply.Done.class, exportNonBlocking(server));
    a.end();
    assertThat(kernel.poll() & KernelSocket.HUP).isNotZero();
  }

  @Test
  void shouldLeaveAListenerToWhoeverHasItsRawFd() {
    a.ask(Reply.Done.class, export(listener));
    a.end();
    assertThat(kernels.closed).isTrue();
    assertThat(kernels.shutdowns).isZero();
  }

  @Test
  void shouldLeaveADatagramSocketToWhoeverHasItsRawFd() {
    long socket = a.udp();
    SimulatedUdp kernel = broker.kernel.lastUdp();
    a.ask(Reply.Addresses.class, new Request.Connect(socket, a.local(listener), null));
    a.ask(Reply.Done.class, export(socket));
    a.close(socket);
    assertThat(kernel.closed).isTrue();
    assertThat(kernel.shutdowns).isZero();
  }

  @Test
  void shouldLetARetainedSocketLiveOn() {
    a.ask(Request.Name.of(listener, "web", 1000));
    a.ask(Reply.Done.class, export(listener));
    Address at = a.local(listener);
    a.end();
    assertThat(kernels.queuedIn()).isZero();
    long mine = b.ask(Reply.Opened.class, new Request.Attach("web")).descriptor();
    assertThat(b.local(mine)).isEqualTo(at);
    b.dial(mine);
    assertThat(b.outcome(new Request.Accept(mine, 0L))).isEqualTo("ok");
  }

  @Test
  void shouldEndAnExportedSocketWithItsRevokedDescriptor() {
    long server = connected();
    SimulatedTcp kernel = kernelsOf(server);
    long second = a.share(server, b);
    a.ask(Reply.Done.class, exportNonBlocking(server));
    Request revoke = new Request.RevokeDescriptor(server);
    assertThat(administrator.outcome(revoke)).isEqualTo("EBUSY");
    assertThat(a.takeEvents()).isEmpty();
    assertThat(administrator.outcome(new Request.RevokeDescriptor(second)))
        .as("one whose fd is not out")
        .isEqualTo("ok");
    String token = a.tokenFor(server, b);
    assertThat(administrator.outcome(revoke)).as("a token stands for it").isEqualTo("EBUSY");
    a.ask(Reply.Done.class, new Request.RevokeToken(token));

    assertThat(administrator.outcome(revoke)).isEqualTo("ok");
    assertThat(a.takeEvents()).containsExactly("REVOKED " + server);
    assertThat(kernel.poll() & KernelSocket.HUP).isNotZero();
  }

  @Test
  void shouldEndItForAllIfForced() {
    long second = a.share(listener, b);
    long accept = b.begin(new Request.Accept(second, -1L));
    a.ask(Reply.Done.class, export(listener));
    assertThat(administrator.outcome(new Request.RevokeDescriptor(listener, true))).isEqualTo("ok");
    assertThat(b.outcome(accept)).isEqualTo("EINVAL");
    assertThat(state(b, second)).isEqualTo(SocketState.BOUND);
    assertThat(b.outcome(new Request.Listen(second, 4))).isEqualTo("ok");
    b.dial(second);
    assertThat(b.outcome(new Request.Accept(second, 0L))).isEqualTo("ok");
  }

  private static SocketState state(RecordingSession session, long descriptor) {
    return session.ask(Reply.Shown.class, new Request.Show("d" + descriptor)).state();
  }

  @Test
  void shouldLeaveNothingBehind() {
    long server = connected();
    a.ask(Reply.Done.class, export(listener));
    a.ask(Reply.Done.class, export(server));
    broker.kernel.hangAcceptors(true);
    a.dial(listener);
    a.begin(new Request.Accept(listener, -1L));
    List.of(a, b, administrator).forEach(RecordingSession::end);
    broker.kernel.hangAcceptors(false);
    broker.settle();
    broker.assertEmpty();
  }
}
