package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Upgrades;
import dev.sockbroker.broker.os.OpenFiles;
import dev.sockbroker.broker.os.ServiceManager;
import dev.sockbroker.broker.recording.Recorder;
import dev.sockbroker.broker.upgrade.HandOver;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets administrators replace this process by another broker.
 *
 * @param watchdogSeconds how long the loop may hang, which limits the pause
 * @param manager must learn which process is the broker
 * @param closeAudit writes the last entries
 */
record Upgrading(int watchdogSeconds, ServiceManager manager, Runnable closeAudit) {
  private static final Logger LOG = LoggerFactory.getLogger(Upgrading.class);

  /** To be called on the loop, before the broker serves. */
  void allow(Parts parts, Running running) throws IOException {
    Freeze freeze = new Freeze(parts, running);
    Upgrades upgrades = running.conductor().upgrades();
    HandOver handOver =
        new HandOver(
            Version.text(),
            OwnCommand.read(),
            OpenFiles::count,
            () -> parts.limits().all(),
            parts.loop(),
            () -> Rehearsal.run(parts.limits()),
            freeze::save,
            freeze::thaw,
            this::endFor,
            upgrades::refuse);
    // The watchdog must not end this process in the pause.
    long pauseMillisMax = TimeUnit.SECONDS.toMillis(watchdogSeconds) / 2;
    upgrades.startedBy(millis -> handOver.start(Math.min(millis, pauseMillisMax)));
  }

  /**
   * Ends this process, because another one is the broker. Everything that it has open is shared.
   */
  private void endFor(long pid) {
    manager.succeededBy(pid);
    LOG.info("the broker with pid {} continues, and this one ends", pid);
    Recorder.removeDirectory();
    closeAudit.run();
    Logging.stop();
    Runtime.getRuntime().halt(0);
  }
}
