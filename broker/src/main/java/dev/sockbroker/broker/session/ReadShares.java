package dev.sockbroker.broker.session;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * Bounds how much one pass of the loop reads. A single connection reads as much as seems to be
 * available. When many connections have input, they share the pass equally. A small read is always
 * possible, so small requests are never delayed. Each connection reads once in a pass; one that has
 * more input continues in the next pass. All connections of the loop share one instance. Loop
 * thread only.
 */
public final class ReadShares {
  /** The budget for all reads of one pass except small ones. */
  static final int PASS_BYTES = 1 << 20;

  /** What each connection may read in each pass. */
  static final int SMALL_BYTES = 2048;

  private final Executor loop;
  private final Executor nextPass;

  /** Objects for all passes, because each pass with input needs them. */
  private final Runnable onPass = this::onPass;

  private final Runnable serve = this::serve;

  private final ArrayDeque<Reader> waiting = new ArrayDeque<>();
  private int left = PASS_BYTES;
  private int share = PASS_BYTES;
  private int readers;
  private boolean scheduled;

  /** A connection that has more input. */
  interface Reader {
    void readAgain();
  }

  /**
   * @param loop runs a task on the loop thread after the current task
   * @param nextPass runs a task after everything else of this pass
   */
  public ReadShares(Executor loop, Executor nextPass) {
    this.loop = loop;
    this.nextPass = nextPass;
  }

  /**
   * Returns the maximum size of the next read.
   *
   * @param wanted how much the connection would read if it were alone
   */
  int size(int wanted) {
    return Math.min(wanted, Math.max(SMALL_BYTES, Math.min(share, left)));
  }

  void onRead(int bytes) {
    readers++;
    left -= Math.min(left, bytes);
    schedule();
  }

  /** Lets a connection read in the next pass. */
  void readLater(Reader reader) {
    waiting.add(reader);
    schedule();
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      nextPass.execute(onPass);
    }
  }

  /** Starts a new pass and expects as many readers as in the last one that had any. */
  private void onPass() {
    scheduled = false;
    if (readers > 0) {
      share = PASS_BYTES / readers;
    }
    left = PASS_BYTES;
    readers = 0;
    if (!waiting.isEmpty()) {
      // A task, so that the loop looks at the other connections first.
      loop.execute(serve);
    }
  }

  private void serve() {
    for (int count = waiting.size(); count > 0; count--) {
      waiting.poll().readAgain();
    }
  }
}
