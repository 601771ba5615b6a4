package dev.sockbroker.broker;

import dev.sockbroker.broker.config.Configuration;
import dev.sockbroker.broker.config.ConfigurationSource;
import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Terms;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.ActivatedSockets;
import dev.sockbroker.broker.os.BrokerMark;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.os.KeptState;
import dev.sockbroker.broker.os.NativeLibrary;
import dev.sockbroker.broker.os.ServiceManager;
import dev.sockbroker.broker.os.SpareThreads;
import dev.sockbroker.broker.os.ThreadStart;
import dev.sockbroker.broker.state.UnreadableStateException;
import dev.sockbroker.broker.upgrade.TakeOver;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.text.FileErrors;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The broker process: wires the parts together, reports readiness, and shuts down cleanly. */
public final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private static final String TOO_FEW_THREADS =
      "no more threads can be started; "
          + ThreadStart.REMEDY
          + ", or make the JVM use fewer: SOCKBROKER_JAVA_OPTS=-XX:+UseSerialGC";

  /** How often the broker checks that its path still exists. */
  private static final int PATH_SECONDS = 5;

  private final ConfigurationSource source;
  private final Configuration configuration;

  /**
   * @param source to read again for a reload
   * @param configuration what was read from it
   */
  public Daemon(ConfigurationSource source, Configuration configuration) {
    this.source = source;
    this.configuration = configuration;
  }

  /**
   * Runs until SIGTERM or SIGINT, which end the process with exit code 0 and do not return here.
   *
   * @return 1 if it could not start
   */
  public int run() throws InterruptedException {
    // The detector samples stack traces, which is slow. The tests count buffers and so find leaks.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    try {
      Logging.configure(configuration.logLevel(), configuration.logFormat());
      Logging.endOnErrors();
      Logging.limitLines();
      start().run();
      throw new AssertionError("the watchdog has ended");
    } catch (RefusedException | IOException | Error e) {
      Logging.stop();
      Logging.writeNow("cannot start: " + reason(e));
      return 1;
    }
  }

  /**
   * Checks whether a broker could start: limits, open files and the path. Changes nothing. A broker
   * that already runs there is not an error.
   *
   * @return 1 if it could not start
   */
  public int check() {
    try {
      Logging.configure(configuration.logLevel(), configuration.logFormat());
      Fitting.limits(configuration.limits());
      if (ActivatedSockets.fromEnvironment(System.getenv()).isEmpty()) {
        SocketPath.check(configuration.socket(), configuration.group());
      }
      Logging.stop();
      return 0;
    } catch (RefusedException | IOException e) {
      Logging.stop();
      Logging.writeNow("could not start: " + reason(e));
      return 1;
    }
  }

  private static String reason(Throwable e) {
    return switch (e) {
      case RefusedException refused -> refused.getMessage();
      case IOException io -> FileErrors.text(io);
      case OutOfMemoryError none when ThreadStart.isOfThreads(none) -> TOO_FEW_THREADS;
      default -> e.toString();
    };
  }

  /** Starts everything and returns the watchdog, which the main thread runs. */
  private Watchdog start() throws IOException {
    TakeOver takeOver = TakeOver.fromEnvironment(System.getenv());
    try {
      return start(System.getenv(), takeOver);
    } catch (IOException | RuntimeException | Error e) {
      if (takeOver != null) {
        takeOver.refuse(reason(e));
      }
      throw e;
    }
  }

  /**
   * @param takeOver null unless another broker hands over
   */
  private Watchdog start(Map<String, String> environment, TakeOver takeOver) throws IOException {
    // Limits come first, so that a start that cannot succeed leaves nothing behind.
    Terms terms =
        new Terms(
            Fitting.limits(configuration.limits()),
            configuration.quotas(),
            configuration.policy(),
            configuration.audit().grants());
    AuditLog audit = new AuditLog();
    AuditWriter auditTarget = audit.open(configuration.audit());
    BrokerMark.set();
    Reloading reloading = new Reloading(source, configuration);
    Hangup.handleInService(environment, reloading::onSignal);
    OptionalInt activated =
        takeOver == null ? ActivatedSockets.fromEnvironment(environment) : OptionalInt.empty();
    Keeping keeping = Keeping.begin(configuration.keeps(), configuration.socket());
    Keeping.Left left = takeOver == null ? keeping.findLeft() : null;
    if (left == null) {
      keeping.probe();
    }
    SocketPath path =
        takeOver != null || activated.isPresent() || left != null
            ? null
            : SocketPath.claim(configuration.socket(), configuration.group());
    NativeLibrary.prepare(libraryDirectories());
    BrokerLoop loop = new BrokerLoop();
    SpareThreads spareThreads = startThreads(loop);
    audit.use(auditTarget);
    Parts parts = Parts.of(loop, terms, audit, keeping.kept());
    keepManager(loop, parts.kernel(), environment.get("NOTIFY_SOCKET"));
    ServiceManager manager = ServiceManager.fromEnvironment(environment);
    Upgrading upgrading = new Upgrading(configuration.watchdogSeconds(), manager, audit::close);
    Running running =
        takeOver == null
            ? left == null
                ? begin(parts, path, activated, upgrading, keeping)
                : recoverOrEnd(parts, left, upgrading, keeping)
            : new Succession(takeOver, parts, configuration.group(), upgrading).run();
    Reporting reporting =
        new Reporting(loop, running.conductor(), parts::limits, () -> Logging.counts(audit.lost()));
    MetricsDoor metrics = new MetricsDoor(loop, reporting);
    loop.execute(() -> running.conductor().reports().writtenBy(reporting));
    reloading.serve(loop, running.conductor().reloads(), audit, metrics);
    loop.execute(running.conductor()::resume);
    Watchdog watchdog = new Watchdog(loop, spareThreads, configuration.watchdogSeconds());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                new Shutdown(
                    loop,
                    running.door()::stop,
                    running.conductor(),
                    running.path(),
                    keeping,
                    audit::close,
                    manager,
                    watchdog),
                "stop"));
    LauncherWatch.start(environment, loop, parts.kernel());
    Door door = running.door();
    loop.scheduleWithFixedDelay(door::check, PATH_SECONDS, PATH_SECONDS, TimeUnit.SECONDS);
    if (takeOver != null) {
      onLoop(loop, () -> keeping.replace(running.conductor(), loop));
      // Until then the manager does not listen to this process.
      takeOver.awaitEnd();
    }
    // A broker that is being replaced holds the address until it exits.
    metrics.use(configuration.metrics());
    String where = running.address();
    LOG.info("listening on {}, ready (pid {})", where, ProcessHandle.current().pid());
    manager.ready("listening on " + where);
    if (manager.watchdogMicros() > 0) {
      long period = manager.watchdogMicros() / 2;
      loop.scheduleAtFixedRate(manager::watchdog, 0, period, TimeUnit.MICROSECONDS);
    }
    return watchdog;
  }

  /**
   * Starts without sessions and sockets.
   *
   * @param path null if the service manager has opened the listener
   */
  private Running begin(
      Parts parts, SocketPath path, OptionalInt activated, Upgrading upgrading, Keeping keeping)
      throws IOException {
    String address =
        path == null ? ActivatedSockets.address(activated.getAsInt()) : path.path().toString();
    Conductor conductor = new Conductor(parts.environment());
    Running running = parts.running(conductor, path, address, configuration.group());
    onLoop(
        parts.loop(),
        () -> {
          upgrading.allow(parts, running);
          if (path == null) {
            running.door().open(activated.getAsInt());
          } else {
            running.door().listen();
          }
          keeping.publish(conductor, parts.loop());
        });
    return running;
  }

  /**
   * Continues from what a killed broker has left. A failure is a crash, which counts ({@link
   * Keeping}), and not a refusal to start, after which nobody would try again.
   */
  private Running recoverOrEnd(
      Parts parts, Keeping.Left left, Upgrading upgrading, Keeping keeping) {
    try {
      return recover(parts, left, upgrading, keeping);
    } catch (IOException | RuntimeException e) {
      FatalError.end("it cannot use what a killed broker has left", e);
      throw new AssertionError(e);
    }
  }

  private Running recover(Parts parts, Keeping.Left left, Upgrading upgrading, Keeping keeping)
      throws IOException {
    Running[] running = new Running[1];
    onLoop(
        parts.loop(),
        () -> {
          long begin = System.nanoTime();
          ByteBufAllocator buffers = parts.environment().buffers();
          KeptState state = KeptState.read(left.memory(), left.files(), buffers);
          Recovery.Recovered recovered = Recovery.of(state, buffers);
          Continuation continuation =
              new Continuation(parts, configuration.group(), recovered.state(), recovered.crash());
          continuation.restore();
          running[0] = continuation.running();
          upgrading.allow(parts, running[0]);
          recovered.newClients().forEach(running[0].door()::onClient);
          // From now on the memory of this broker counts, and the killed one's does not.
          keeping.publish(running[0].conductor(), parts.loop());
          continuation.serve();
          left.memory().close();
          long micros = (System.nanoTime() - begin) / 1000;
          running[0].conductor().recoveries().recovered(micros, state.calls().size());
          LOG.warn(
              "the broker before this one was killed; recovered in {} ms; sessions: {}, sockets:"
                  + " {}",
              micros / 1000,
              recovered.state().broker().sessions().size(),
              recovered.state().broker().sockets().size());
        });
    return running[0];
  }

  private static void keepManager(BrokerLoop loop, EpollKernel kernel, String address) {
    if (address != null && !address.isEmpty()) {
      loop.submit(() -> kernel.keepManagerForBroker(address)).awaitUninterruptibly();
    }
  }

  private interface Step {
    void take() throws IOException, UnreadableStateException;
  }

  private static void onLoop(BrokerLoop loop, Step step) throws IOException {
    Future<Void> taken =
        loop.submit(
            () -> {
              step.take();
              return null;
            });
    taken.awaitUninterruptibly();
    switch (taken.cause()) {
      case null -> {}
      case IOException io -> throw io;
      case RuntimeException unchecked -> throw unchecked;
      default -> throw new IOException(taken.cause().getMessage(), taken.cause());
    }
  }

  /** Starts all threads that the broker needs now, because a failure can still be reported. */
  private static SpareThreads startThreads(BrokerLoop loop) {
    SpareThreads spareThreads = new SpareThreads();
    boolean started = ThreadStart.attempt(() -> loop.execute(() -> {})) && spareThreads.start();
    if (!started) {
      throw new RefusedException(Errno.EAGAIN, TOO_FEW_THREADS);
    }
    return spareThreads;
  }

  /**
   * Directories for a temporary copy of the native library. The socket's directory belongs to the
   * broker.
   */
  private List<Path> libraryDirectories() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Path own = configuration.socket().toAbsolutePath().getParent();
    return Files.isDirectory(own) ? List.of(temporary, own) : List.of(temporary);
  }
}
