package dev.sockbroker.broker.core;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The operations that wait on one socket in one direction. They are served in the order of the
 * requests, except that a session which does not read loses its turns until it reads again (rule
 * 26).
 */
final class OperationQueue {
  /** The number of operations after which other sockets get their turn. */
  private static final int BURST = 64;

  private final LineHeap ready = new LineHeap();
  private final LongSupplier timeoutMillis;
  private final BooleanSupplier isHeldUp;
  private final Change change;
  private final Changes changes;
  private long lastOrder;
  private int size;

  /** The operation that has done a part of its work and so keeps its turn, or null. */
  private Operation begun;

  /**
   * @param timeoutMillis SO_RCVTIMEO or SO_SNDTIMEO, 0 for no limit
   * @param isHeldUp whether something else must come before all operations
   */
  OperationQueue(
      LongSupplier timeoutMillis, BooleanSupplier isHeldUp, Change change, Changes changes) {
    this.change = change;
    this.changes = changes;
    this.timeoutMillis = timeoutMillis;
    this.isHeldUp = isHeldUp;
  }

  /** Whether a new operation may try immediately. */
  boolean isFree() {
    return next() == null && !isHeldUp.getAsBoolean();
  }

  /** Whether an operation waits that can be served. */
  boolean isWaitedOn() {
    return next() != null;
  }

  /** The number of waiting operations, including those that cannot be served now. */
  int size() {
    return size;
  }

  long timeoutMillis() {
    return timeoutMillis.getAsLong();
  }

  void add(Operation operation, boolean hasBegun) {
    add(operation, ++lastOrder, hasBegun);
  }

  /** Adds an operation at its place, which it had in another broker. */
  void add(Operation operation, long order, boolean hasBegun) {
    Line line = operation.descriptor().line(this);
    change.note();
    operation.order = order;
    operation.line = line;
    operation.onQueued(changes);
    line.add(operation);
    size++;
    if (line.place == Line.NOWHERE) {
      ready.add(line);
    }
    if (hasBegun) {
      begin(operation);
    }
  }

  long lastOrder() {
    return lastOrder;
  }

  void restore(long order) {
    lastOrder = order;
  }

  private void begin(Operation operation) {
    assert begun == null || begun == operation : "two operations have begun";
    begun = operation;
  }

  void remove(Operation operation) {
    Line line = operation.line;
    boolean wasFirst = line.first() == operation;
    line.remove(operation);
    operation.line = null;
    operation.onUnqueued(changes);
    size--;
    assert size >= 0;
    if (begun == operation) {
      begun = null;
    }
    if (line.isEmpty()) {
      drop(line);
    } else if (wasFirst && line.place != Line.NOWHERE) {
      ready.onFirstGone(line);
    }
  }

  private void drop(Line line) {
    if (line.place != Line.NOWHERE) {
      ready.remove(line);
    } else {
      line.session().stalled.remove(line);
    }
  }

  /** Whether an operation could be served now. */
  boolean isNext(Operation operation) {
    return next() == operation && !isHeldUp.getAsBoolean();
  }

  /** Returns the operation whose turn it is, or null if none can be served. */
  private Operation next() {
    if (begun != null) {
      return begun;
    }
    Line line = ready.first();
    while (line != null && !line.session().isWritable()) {
      ready.remove(line);
      line.session().stalled.add(line);
      line = ready.first();
    }
    return line == null ? null : line.first();
  }

  /** Restores the places of a line's operations, because its session reads again. */
  void resume(Line line) {
    if (line.place == Line.NOWHERE && !line.isEmpty()) {
      ready.add(line);
    }
  }

  /**
   * Serves all operations that can be served.
   *
   * @return false if more operations may be ready
   */
  boolean pump() {
    int served = 0;
    for (Operation it = next(); it != null && !isHeldUp.getAsBoolean(); it = next()) {
      if (served++ == BURST) {
        return false;
      }
      if (it.proceed() != Attempt.Progress.DONE) {
        if (it.attempt().hasBegun()) {
          begin(it);
        }
        return true;
      }
    }
    return true;
  }
}
