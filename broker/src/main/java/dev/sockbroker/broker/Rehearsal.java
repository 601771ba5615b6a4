package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Terms;
import dev.sockbroker.broker.os.BrokerSocket;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.os.FdChannel;
import dev.sockbroker.broker.os.FdListener;
import dev.sockbroker.broker.session.ClientConnection;
import dev.sockbroker.broker.session.FrameAdapter;
import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.StateFormat;
import dev.sockbroker.broker.upgrade.StateTransfer;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketPaths;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Performs an upgrade from one private broker to another, both in this process and without a path.
 * It makes the JVM load, link and compile the code in advance. Otherwise this alone would take most
 * of the upgrade's pause.
 */
public final class Rehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  /** Few, because a broker may be near its limit of open files. */
  private static final int SOCKETS = 12;

  /** With the number of sockets, enough repetitions for the JVM to compile the code. */
  private static final int SAVES = 100;

  /** The compiler counts as done when it has been idle for this long. */
  private static final int COMPILER_MILLIS = 20;

  private static final int COMPILER_POLLS = 15;

  private static final long SECONDS_MAX = 10;

  private final Limits limits;

  private Rehearsal(Limits limits) {
    this.limits = limits;
  }

  /** Rehearses while the JVM records the start cache. Blocks for a few seconds. */
  public static void run() {
    run(Limits.DEFAULT);
  }

  /** A failure only makes the pause longer. Not to be called on a loop. */
  static void run(Limits limits) {
    try {
      new Rehearsal(limits).perform();
      awaitCompiler();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception | OutOfMemoryError e) {
      LOG.debug("the rehearsal of an upgrade has failed", e);
    }
  }

  private void perform() throws Exception {
    try (Stage former = new Stage(limits);
        FdListener listener = new FdListener();
        FdChannel in = FdChannel.connect(listener.name());
        FdChannel out = accept(listener)) {
      Freeze freeze = former.onLoop(() -> former.begin(listener));
      former.use();
      for (int i = 0; i < SAVES; i++) {
        former.onLoop(() -> StateFormat.writeAndRead(freeze.save()));
      }
      upgrade(former, freeze, out, in);
    }
  }

  private void upgrade(Stage former, Freeze freeze, FdChannel out, FdChannel in) throws Exception {
    try (Stage next = new Stage(limits);
        StateTransfer sent = new StateTransfer(out);
        StateTransfer received = new StateTransfer(in)) {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
      former.onLoop(
          () -> {
            sent.send(freeze.save(), until);
            freeze.thaw();
            return null;
          });
      SavedState saved = received.receive(ByteBufAllocator.DEFAULT);
      next.onLoop(() -> next.continueFrom(saved));
    }
  }

  /** Waits until the JVM has compiled what was rehearsed, which would take CPU from the upgrade. */
  private static void awaitCompiler() throws InterruptedException {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    long before;
    int polls = 0;
    do {
      before = compiler.getTotalCompilationTime();
      Thread.sleep(COMPILER_MILLIS);
    } while (compiler.getTotalCompilationTime() > before && ++polls < COMPILER_POLLS);
  }

  private static FdChannel accept(FdListener listener) throws IOException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    FdChannel channel =
        listener.accept(ProcessHandle.current().pid(), () -> System.nanoTime() - until < 0);
    if (channel == null) {
      throw new IOException("this process does not reach itself");
    }
    return channel;
  }

  /** A private broker. */
  private static final class Stage implements AutoCloseable {
    private final BrokerLoop loop = new BrokerLoop();
    private final Parts parts;
    private final CountDownLatch asked = new CountDownLatch(1);
    private ClientConnection client;
    private Running running;

    Stage(Limits limits) {
      parts = Parts.of(loop, Terms.of(limits), _ -> {}, null);
    }

    <T> T onLoop(Callable<T> task) throws Exception {
      return loop.submit(task).get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    /** Begins with one client. */
    Freeze begin(FdListener listener) throws Exception {
      Conductor conductor = new Conductor(parts.environment());
      conductor.upgrades().startedBy(_ -> asked.countDown());
      running = parts.running(conductor, null, "@" + listener.name(), null);
      running.door().open(parts.kernel().duplicate(listener.fd()));
      connect(conductor);
      return new Freeze(parts, running);
    }

    private void connect(Conductor conductor) throws Exception {
      EpollKernel kernel = parts.kernel();
      Clients clients = parts.clients();
      int[] pair = BrokerSocket.pair();
      int pid = (int) ProcessHandle.current().pid();
      ClientConnection session = clients.connection(kernel.takeConnection(pair[0]));
      FrameAdapter adapter =
          new FrameAdapter(
              conductor,
              session,
              new Identity(pid, SocketPaths.effectiveUid()),
              kernel,
              clients.shared(),
              clients.connections(),
              parts.limits().frameBytes());
      adapter.watchedBy(kernel.watchPeer(pair[0], pid, () -> {}));
      adapter.begin();
      client = clients.connection(kernel.takeConnection(pair[1]));
    }

    /** Makes the client hold something of every common kind. */
    void use() throws Exception {
      onLoop(this::request);
      asked.await(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private Void request() {
      FrameCodec codec = new FrameCodec();
      long id = 0;
      for (Request request : requests()) {
        client.write(codec.encode(++id, request, 0), null);
      }
      client.flush();
      return null;
    }

    private static List<Request> requests() {
      List<Request> all = new ArrayList<>();
      all.add(new Request.Hello(List.of(Message.VERSION), "rehearsal", true, Lifetime.CONNECTION));
      all.add(new Request.CreateEvent());
      all.add(new Request.Watch(true));
      all.add(new Request.NewFdKey());
      for (long descriptor = 1; descriptor <= SOCKETS; descriptor++) {
        boolean stream = descriptor % 2 == 0;
        all.add(
            Request.Open.of(
                descriptor % 3 == 0 ? Family.UNIX : Family.INET,
                stream ? SocketType.STREAM : SocketType.DGRAM));
        all.add(
            stream
                ? new Request.AsyncSelect(descriptor, Set.of(NetworkEvent.READ))
                : new Request.EventSelect(descriptor, Set.of(NetworkEvent.READ), 1));
        // A token for the session ends with it.
        all.add(Request.Duplicate.toSession(descriptor, 1));
        all.add(Request.Receive.of(descriptor));
      }
      all.add(new Request.WaitEvents(List.of(1L), true, 60_000L));
      all.add(new Request.Upgrade(null));
      return all;
    }

    Void continueFrom(SavedState saved) throws Exception {
      Continuation continuation = new Continuation(parts, null, saved);
      continuation.restore();
      running = continuation.running();
      continuation.serve();
      return null;
    }

    @Override
    public void close() {
      loop.mayEnd();
      loop.submit(this::stop).awaitUninterruptibly(SECONDS_MAX, TimeUnit.SECONDS);
      // Closes what is still open.
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS)
          .awaitUninterruptibly(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private void stop() {
      // Ends the sessions, and with them everything that they hold.
      parts.clients().connections().close();
      if (client != null) {
        client.close();
      }
      if (running != null) {
        running.door().stop();
      }
    }
  }
}
