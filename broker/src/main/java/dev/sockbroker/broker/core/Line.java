package dev.sockbroker.broker.core;

/** The operations that wait through one descriptor in one direction, in the order requested. */
final class Line {
  /** {@link #place} of a line that is in no heap. */
  static final int NOWHERE = -1;

  private final Descriptor descriptor;
  private final OperationQueue queue;
  private Operation first;
  private Operation last;

  /** Where {@link LineHeap} has it. */
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

  /** Null if it is empty. */
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
