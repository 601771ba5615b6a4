package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;

/** The core on a simulated kernel and a clock that the test moves. */
final class TestBroker {
  static final long OWN_UID = 500;

  final SimulatedKernel kernel = new SimulatedKernel();
  final CountingBuffers buffers = new CountingBuffers();
  final Timers timers;
  final Conductor conductor;
  private final Thread thread = Thread.currentThread();
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private long nanos = 5_000_000_000L;
  private long wakeAtNanos = Long.MAX_VALUE;

  TestBroker() {
    this(Limits.DEFAULT);
  }

  TestBroker(Limits limits) {
    timers = new Timers(() -> nanos, at -> wakeAtNanos = at);
    conductor =
        new Conductor(
            new Environment(
                kernel,
                timers,
                tasks::add,
                () -> Thread.currentThread() == thread,
                buffers,
                () -> Instant.ofEpochSecond(0, nanos),
                limits,
                OWN_UID,
                "test"));
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

  /** Lets the loop run until there is nothing to do: tasks first, then readiness, one by one. */
  void settle() {
    int steps = 0;
    do {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
      assertThat(steps++).as("readiness told without an end").isLessThan(10_000);
    } while (kernel.tellReadiness() || kernel.runAcceptor() || !tasks.isEmpty());
  }

  /** Lets the time pass, and what is due happen at its time. */
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

  /** What the broker counts of itself. */
  Reply.BrokerInfo counts() {
    RecordingSession session = connect(1);
    Reply.BrokerInfo info = session.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
    session.end();
    return info;
  }

  /** Nothing is left of anybody: no socket, descriptor, token, watch, buffer. */
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
