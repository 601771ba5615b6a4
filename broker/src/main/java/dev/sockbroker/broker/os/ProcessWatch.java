package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.Kernel.WatchedProcess;
import dev.sockbroker.broker.kernel.KernelSocket;

/** A process by its pidfd, which is readable from the process's end on, a zombie's included. */
final class ProcessWatch implements WatchedProcess {
  private final int pid;
  private final Readiness readiness;
  private final ValueCalls values;
  private boolean ended;
  private boolean closed;

  /**
   * @param pidfd of a living process; this object's from now on
   */
  ProcessWatch(int pid, Readiness readiness, ValueCalls values, Runnable onExit) {
    this.pid = pid;
    this.readiness = readiness;
    this.values = values;
    readiness.listener(
        ready -> {
          // The kernel tells it twice: at the end, and when the zombie is collected. And a wake-up
          // may be another's: of a pidfd that had this number a moment ago, in the same batch.
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
  public boolean isAlive() {
    return !ended && !closed && values.poll(readiness.fd().intValue(), KernelSocket.IN) == 0;
  }

  @Override
  public void close() {
    closed = true;
    readiness.close();
  }
}
