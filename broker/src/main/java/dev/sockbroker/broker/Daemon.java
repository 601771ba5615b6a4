package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Environment;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.RefusedException;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.core.Timers;
import dev.sockbroker.broker.os.ActivatedSockets;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.os.OpenFiles;
import dev.sockbroker.broker.os.ServiceManager;
import dev.sockbroker.protocol.SocketPaths;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The broker as a process: puts the parts together, says when it is ready, and ends cleanly. */
public final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  /** How long the end may take before it is forced. */
  private static final int STOP_SECONDS = 5;

  /** What of the process's fds no client can make: the JVM's, the log, epoll. */
  private static final int OTHER_FDS = 128;

  /** How often the broker looks whether its path is still there. */
  private static final int PATH_SECONDS = 5;

  private final Configuration configuration;

  public Daemon(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * Runs until SIGTERM or SIGINT, which end the process with exit code 0 and do not return here.
   *
   * @return 1 if it could not start
   */
  public int run() throws InterruptedException {
    Logging.configure(configuration.logLevel(), configuration.logFormat());
    // It samples stack traces; what is forgotten is found by tests, which count.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    try {
      start().sync();
      return 0;
    } catch (RefusedException | IOException e) {
      LOG.error("cannot start: {}", reason(e));
      // Only here: whoever stops a broker that started has words to say after the loop's end.
      Logging.stop();
      return 1;
    }
  }

  /** Of some errors the JDK says the file alone. */
  private static String reason(Exception e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + ": No such file or directory";
      case AccessDeniedException denied -> denied.getFile() + ": Permission denied";
      default -> e.getMessage();
    };
  }

  /** Answers what completes when the loop has ended. */
  private Future<?> start() throws IOException {
    Map<String, String> environment = System.getenv();
    OptionalInt activated = ActivatedSockets.fromEnvironment(environment);
    SocketPath path =
        activated.isPresent()
            ? null
            : SocketPath.claim(configuration.socket(), configuration.group());
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("loop"), EpollIoHandler.newFactory());
    IoEventLoop loop = group.next();
    EpollKernel kernel = new EpollKernel(loop);
    Limits limits = limits();
    LoopAlarm alarm = new LoopAlarm(loop);
    Timers timers = new Timers(System::nanoTime, alarm);
    alarm.onTime(timers::run);
    Conductor conductor =
        new Conductor(
            new Environment(
                kernel,
                timers,
                loop,
                PooledByteBufAllocator.DEFAULT,
                InstantSource.system(),
                limits,
                SocketPaths.effectiveUid(),
                Version.text()));
    Listener listener = new Listener(loop, conductor, kernel, limits, configuration.group());
    PathKeeper keeper = path == null ? null : new PathKeeper(path, listener, kernel);
    ServiceManager manager = ServiceManager.fromEnvironment(environment);
    keepManager(loop, kernel, environment.get("NOTIFY_SOCKET"));
    String where = path == null ? ActivatedSockets.address(activated.getAsInt()) : path.path() + "";
    Runnable stop = openDoor(loop, kernel, listener, keeper, activated, where);
    stopOnSignal(group, stop, conductor, path, manager);
    LOG.info("listening on {}, ready (pid {})", where, ProcessHandle.current().pid());
    manager.ready("listening on " + where);
    if (manager.watchdogMicros() > 0) {
      long period = manager.watchdogMicros() / 2;
      loop.scheduleAtFixedRate(manager::watchdog, 0, period, TimeUnit.MICROSECONDS);
    }
    return group.terminationFuture();
  }

  private static void keepManager(IoEventLoop loop, EpollKernel kernel, String address) {
    if (address != null && !address.isEmpty()) {
      loop.submit(() -> kernel.keepManagerForBroker(address)).awaitUninterruptibly();
    }
  }

  /**
   * Takes clients from now on.
   *
   * @return what ends that, on the loop
   */
  private static Runnable openDoor(
      IoEventLoop loop,
      EpollKernel kernel,
      Listener listener,
      PathKeeper keeper,
      OptionalInt activated,
      String where)
      throws IOException {
    if (keeper == null) {
      loop.submit(() -> kernel.keepForBroker(where)).syncUninterruptibly();
      Channel channel = listener.adopt(activated.getAsInt()).syncUninterruptibly().channel();
      return channel::close;
    }
    onLoop(loop, keeper::listen);
    loop.scheduleWithFixedDelay(keeper::check, PATH_SECONDS, PATH_SECONDS, TimeUnit.SECONDS);
    return keeper::stop;
  }

  private interface Step {
    void take() throws IOException;
  }

  private static void onLoop(IoEventLoop loop, Step step) throws IOException {
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
      default -> throw new IOException(taken.cause());
    }
  }

  /** What was asked for, as far as open files and memory allow. */
  private Limits limits() throws IOException {
    Limits asked = configuration.limits();
    int openFiles = OpenFiles.limit();
    Limits limits =
        asked.within(
            openFiles - OTHER_FDS,
            Runtime.getRuntime().maxMemory(),
            PlatformDependent.maxDirectMemory());
    if (!limits.equals(asked)) {
      LOG.atLevel(asked.equals(Limits.DEFAULT) ? Level.INFO : Level.WARN)
          .log(
              "{} open files (ulimit -n) and the JVM's memory (-Xmx) allow {} sessions, {} sockets"
                  + " and {} buffered bytes",
              openFiles,
              limits.of(Resource.SESSIONS),
              limits.of(Resource.SOCKETS),
              limits.of(Resource.BUFFERED_BYTES));
    }
    return limits;
  }

  private static void stopOnSignal(
      MultiThreadIoEventLoopGroup group,
      Runnable closeListener,
      Conductor conductor,
      SocketPath path,
      ServiceManager manager) {
    Runnable stop =
        () -> {
          LOG.info("stopping");
          manager.stopping();
          try {
            group.next().submit(closeListener).sync();
            group.next().submit(() -> conductor.onStopping("the broker was told to stop")).sync();
            group.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS).sync();
            if (path != null) {
              path.close();
            }
            LOG.info("stopped");
          } catch (InterruptedException | IOException e) {
            LOG.error("did not stop cleanly", e);
          }
          Logging.stop();
          // A signal would make it 143 or 130, and this is a clean end.
          Runtime.getRuntime().halt(0);
        };
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
  }
}
