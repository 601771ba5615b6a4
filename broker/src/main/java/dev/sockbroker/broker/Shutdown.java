package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.os.ServiceManager;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shuts the broker down. The shutdown is clean if the loop finishes its part in time, and takes
 * only seconds in any case.
 *
 * @param closeListener stops accepting clients; run on the loop
 * @param closeAudit writes the last entries; run after the loop
 * @param path null if the service manager owns the path
 * @param keeping ends last, when everything is closed
 */
record Shutdown(
    BrokerLoop loop,
    Runnable closeListener,
    Conductor conductor,
    SocketPath path,
    Keeping keeping,
    Runnable closeAudit,
    ServiceManager manager,
    Watchdog watchdog)
    implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

  /** The time limit for one step on the loop. */
  private static final int STEP_SECONDS = 3;

  /** The time limit for the whole shutdown, after which the watchdog ends the process. */
  private static final int SECONDS_MAX = 15;

  @Override
  public void run() {
    LOG.info("stopping");
    watchdog.allow(SECONDS_MAX);
    loop.mayEnd();
    manager.stopping();
    // If the loop hangs, another broker may have taken over the path meanwhile.
    boolean inOrder = endLoop() && removePath();
    keeping.end();
    if (inOrder) {
      LOG.info("stopped");
    }
    closeAudit.run();
    Logging.stop();
    // After a signal the JVM would exit with 143 or 130, but this is a clean end.
    Runtime.getRuntime().halt(inOrder ? 0 : FatalError.EXIT_CODE);
  }

  private boolean endLoop() {
    try {
      await(loop.submit(closeListener));
      await(loop.submit(this::closeEverything));
      await(loop.shutdownGracefully(0, STEP_SECONDS, TimeUnit.SECONDS));
      return true;
    } catch (TimeoutException e) {
      LOG.error(
          "did not stop cleanly: the event loop has been hanging or busy for {} s", STEP_SECONDS);
    } catch (ExecutionException | RuntimeException e) {
      LOG.error("did not stop cleanly", e);
    } catch (InterruptedException e) {
      LOG.error("did not stop cleanly: interrupted");
    }
    return false;
  }

  private void closeEverything() {
    LOG.info("closing {}", conductor.inventory());
    conductor.onStopping("the broker was told to stop");
  }

  private static void await(Future<?> step)
      throws InterruptedException, ExecutionException, TimeoutException {
    step.get(STEP_SECONDS, TimeUnit.SECONDS);
  }

  private boolean removePath() {
    try {
      if (path != null) {
        path.close();
      }
      return true;
    } catch (IOException e) {
      LOG.error("the path was not removed", e);
      return false;
    }
  }
}
