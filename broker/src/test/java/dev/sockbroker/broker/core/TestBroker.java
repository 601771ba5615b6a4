package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedDelivery;
import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.StateFormat;
import dev.sockbroker.broker.state.UnreadableStateException;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/** The core on a simulated kernel and a clock that the test moves. */
final class TestBroker {
  static final long OWN_UID = 500;

  final SimulatedKernel kernel = new SimulatedKernel();
  final InForce inForce;
  final List<AuditEntry> audit = new ArrayList<>();
  CountingBuffers buffers = new CountingBuffers();
  Timers timers;
  Conductor conductor;
  private final Thread thread = Thread.currentThread();
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private long nanos = 5_000_000_000L;
  private long wakeAtNanos = Long.MAX_VALUE;
  private LedgerCheck ledger;

  TestBroker() {
    this(Limits.DEFAULT);
  }

  TestBroker(Limits limits) {
    inForce = new InForce(Terms.of(limits));
    conductor = new Conductor(environment());
  }

  private Environment environment() {
    ledger = new LedgerCheck();
    timers = new Timers(() -> nanos, at -> wakeAtNanos = at);
    return new Environment(
        kernel,
        timers,
        tasks::add,
        () -> Thread.currentThread() == thread,
        buffers,
        new Scratch(new UnpooledByteBufAllocator(false, true)),
        () -> Instant.ofEpochSecond(0, nanos),
        inForce,
        audit::add,
        () -> 0,
        OWN_UID,
        "test",
        ledger);
  }

  /**
   * Another broker takes over. The former one vanishes with its timers and buffers, as a process
   * does.
   *
   * @param proxies the proxy of a session by its id
   */
  Restoring handOver(Saving saving, LongFunction<SessionProxy> proxies) {
    ByteBuf state = Unpooled.buffer();
    List<Integer> fds = new ArrayList<>();
    StateFormat.write(new SavedState(null, null, conductor.save(saving), List.of()), state, fds);
    buffers = new CountingBuffers();
    wakeAtNanos = Long.MAX_VALUE;
    try {
      SavedBroker saved = StateFormat.read(state, fds, buffers).broker();
      Restoring restoring = new Restoring(environment(), saved, proxies);
      conductor = restoring.conductor();
      return restoring;
    } catch (UnreadableStateException e) {
      throw new AssertionError(e);
    }
  }

  /** The same for the sessions of a test, which continue. */
  Restoring handOver(RecordingSession... sessions) {
    settle();
    Saving saving = new Saving();
    Map<Long, RecordingSession> byId = new HashMap<>();
    Map<RecordingSession, List<SavedDelivery>> deliveries = new HashMap<>();
    for (RecordingSession it : sessions) {
      byId.put(it.id(), it);
      deliveries.put(it, it.saveHeld(saving));
    }
    Restoring restoring = handOver(saving, byId::get);
    deliveries.forEach((it, held) -> it.continueIn(restoring, held));
    settle();
    return restoring;
  }

  /** A session of a living process that has said hello. */
  RecordingSession connect(int pid) {
    return connect(pid, 1000, false);
  }

  RecordingSession administrator(int pid) {
    return connect(pid, OWN_UID, true);
  }

  RecordingSession connect(int pid, long uid, boolean administrator) {
    kernel.startProcess(pid);
    RecordingSession session = new RecordingSession(this, new Identity(pid, uid));
    session.ask(new Request.Hello(List.of(1), "test", administrator, Lifetime.CONNECTION));
    return session;
  }

  /** Runs the loop until there is nothing to do: tasks first, then readiness events one by one. */
  void settle() {
    int steps = 0;
    do {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
      assertThat(steps++).as("readiness told without an end").isLessThan(10_000);
    } while (kernel.tellReadiness() || kernel.runAcceptor() || !tasks.isEmpty());
    ledger.check(conductor);
  }

  /** Advances the time, and runs everything that is due at its time. */
  void pass(long millis) {
    long end = nanos + millis * 1_000_000;
    while (wakeAtNanos <= end) {
      nanos = Math.max(nanos, wakeAtNanos);
      wakeAtNanos = Long.MAX_VALUE;
      timers.run();
      settle();
    }
    nanos = end;
  }

  /** The broker's own counts. */
  Reply.BrokerInfo counts() {
    RecordingSession session = connect(1);
    Reply.BrokerInfo info = session.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
    session.end();
    return info;
  }

  /** Checks that nothing remains: no socket, descriptor, token, watch or buffer. */
  void assertEmpty() {
    settle();
    Reply.BrokerInfo info = counts();
    assertThat(info.sessions()).as("sessions, with the one that asks").isEqualTo(1);
    assertThat(info.sockets()).as("sockets").isZero();
    assertThat(info.descriptors()).as("descriptors").isZero();
    assertThat(info.tokens()).as("tokens").isZero();
    assertThat(info.eventObjects()).as("event objects").isZero();
    assertThat(info.registrations()).as("registrations").isZero();
    assertThat(info.waitingOperations()).as("waiting operations").isZero();
    assertThat(info.bufferedBytes()).as("buffered bytes").isZero();
    assertThat(info.names()).as("names").isZero();
    assertThat(info.exports()).as("exports").isZero();
    assertThat(info.watchedProcesses()).as("watched processes").isZero();
    assertThat(kernel.watches()).as("watches of processes").isZero();
    assertThat(buffers.live()).as("buffers").isZero();
  }
}
