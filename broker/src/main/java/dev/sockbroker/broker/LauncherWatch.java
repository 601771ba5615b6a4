package dev.sockbroker.broker;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.EpollKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the broker when its launcher has been killed. The launcher stays while a broker serves, and
 * a terminal or a supervisor knows only the launcher. Without it, nobody would stop the broker.
 */
final class LauncherWatch {
  private static final Logger LOG = LoggerFactory.getLogger(LauncherWatch.class);

  /** Set by a launcher that waits for the broker. A successor of the broker inherits it. */
  private static final String VARIABLE = "SOCKBROKER_LAUNCHER_PID";

  private LauncherWatch() {}

  /** To be called when the broker can be stopped. */
  static void start(Map<String, String> environment, BrokerLoop loop, EpollKernel kernel) {
    String pid = environment.get(VARIABLE);
    if (pid != null) {
      loop.execute(() -> watch(Integer.parseInt(pid), kernel));
    }
  }

  private static void watch(int pid, EpollKernel kernel) {
    try {
      kernel.watch(pid, () -> stop(pid));
    } catch (RefusedException e) {
      // Some containers forbid pidfd_open(2). A process that has ended has no program any more.
      if (Files.exists(Path.of("/proc/" + pid + "/exe"))) {
        LOG.warn("the broker will outlive its launcher: {}", e.getMessage());
      } else {
        stop(pid);
      }
    }
  }

  /** The shutdown waits for the loop, so it needs another thread. */
  private static void stop(int pid) {
    LOG.info("the launcher, pid {}, has ended, so the broker stops", pid);
    new Thread(() -> System.exit(0), "launcher has ended").start();
  }
}
