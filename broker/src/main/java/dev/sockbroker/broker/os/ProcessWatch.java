package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.Kernel.WatchedProcess;
import dev.sockbroker.broker.kernel.KernelSocket;

/**
 * Watches a process by its pidfd, which becomes readable when the process ends, even if it remains
 * as a zombie.
 */
final class ProcessWatch implements WatchedProcess {
  private final int pid;
  private final Readiness readiness;
  private final ValueCalls values;
  private boolean ended;
  private boolean closed;

  /**
   * @param pidfd the pidfd of a living process; this object takes it over
   */
  ProcessWatch(int pid, Readiness readiness, ValueCalls values, Runnable onExit) {
    this.pid = pid;
    this.readiness = readiness;
    this.values = values;
    readiness.listener(
        ready -> {
          // The kernel reports the end twice: at exit and when the zombie is reaped. A wake-up can
          // also belong to a former pidfd with the same number, in the same batch of events.
          if (isAlive() || closed || ended) {
            return;
          }
          ended = true;
          onExit.run();
        });
    readiness.arm(KernelSocket.IN);
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public int fd() {
    return readiness.fd().intValue();
  }

  @Override
  public boolean isAlive() {
    return !ended && !closed && values.poll(readiness.fd().intValue(), KernelSocket.IN) == 0;
  }

  @Override
  public void close() {
    closed = true;
    readiness.close();
  }
}
