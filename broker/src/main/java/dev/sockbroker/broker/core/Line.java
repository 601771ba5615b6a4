package dev.sockbroker.broker.core;

/**
 * The operations that wait through one descriptor in one direction, in the order of the requests.
 */
final class Line {
  /** The {@link #place} of a line that is not in a heap. */
  static final int NOWHERE = -1;

  private final Descriptor descriptor;
  private final OperationQueue queue;
  private Operation first;
  private Operation last;

  /** The line's index in the {@link LineHeap}. */
  int place = NOWHERE;

  Line(Descriptor descriptor, OperationQueue queue) {
    this.descriptor = descriptor;
    this.queue = queue;
  }

  Session session() {
    return descriptor.session;
  }

  OwnedSocket socket() {
    return descriptor.socket;
  }

  OperationQueue queue() {
    return queue;
  }

  boolean isEmpty() {
    return first == null;
  }

  /** Returns the first operation, or null if the line is empty. */
  Operation first() {
    return first;
  }

  void add(Operation operation) {
    operation.previous = last;
    if (last == null) {
      first = operation;
    } else {
      last.next = operation;
    }
    last = operation;
  }

  void remove(Operation operation) {
    assert operation == first || operation.previous != null : operation + " is not in its line";
    if (operation.previous == null) {
      first = operation.next;
    } else {
      operation.previous.next = operation.next;
    }
    if (operation.next == null) {
      last = operation.previous;
    } else {
      operation.next.previous = operation.previous;
    }
    operation.previous = null;
    operation.next = null;
  }

  boolean isBefore(Line other) {
    return first.order < other.first.order;
  }
}
