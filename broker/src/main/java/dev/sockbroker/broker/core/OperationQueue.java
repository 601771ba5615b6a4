package dev.sockbroker.broker.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** The operations that wait on one socket in one direction, first come first served (rule 17). */
final class OperationQueue {
  private final ArrayDeque<Operation> operations = new ArrayDeque<>();
  private final LongSupplier timeoutMillis;
  private final BooleanSupplier isHeldUp;

  /**
   * @param timeoutMillis SO_RCVTIMEO or SO_SNDTIMEO, 0 for none
   * @param isHeldUp whether something else stands before all of them
   */
  OperationQueue(LongSupplier timeoutMillis, BooleanSupplier isHeldUp) {
    this.timeoutMillis = timeoutMillis;
    this.isHeldUp = isHeldUp;
  }

  /** Whether one that comes now may try at once. */
  boolean isFree() {
    return operations.isEmpty() && !isHeldUp.getAsBoolean();
  }

  boolean isEmpty() {
    return operations.isEmpty();
  }

  int size() {
    return operations.size();
  }

  long timeoutMillis() {
    return timeoutMillis.getAsLong();
  }

  void add(Operation operation) {
    operations.add(operation);
  }

  void remove(Operation operation) {
    operations.remove(operation);
  }

  List<Operation> through(Descriptor descriptor) {
    List<Operation> through = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation.descriptor() == descriptor) {
        through.add(operation);
      }
    }
    return through;
  }

  /** Serves what can be served; stops at one whose session does not read its answers. */
  void pump() {
    while (!operations.isEmpty() && !isHeldUp.getAsBoolean()) {
      Operation head = operations.peek();
      if (!head.session().isWritable()) {
        head.session().stalled.add(head.descriptor().socket);
        return;
      }
      if (head.proceed() != Attempt.Progress.DONE) {
        return;
      }
    }
  }
}
