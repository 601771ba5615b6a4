package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Right;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Makes a queue of held requests for each descriptor that sends through a lane. */
final class HeldQueues {
  private final Executor loop;
  private final Consumer<Call> handler;

  /**
   * @param handler handles a request that no longer has to wait
   */
  HeldQueues(Executor loop, Consumer<Call> handler) {
    this.loop = loop;
    this.handler = handler;
  }

  /** Returns the queue of a descriptor, or null if it does not send. */
  HeldRequests of(Descriptor descriptor) {
    if (descriptor.held() == null && descriptor.rights.contains(Right.SEND)) {
      descriptor.held(new HeldRequests(descriptor.socket, loop, handler));
    }
    return descriptor.held();
  }
}
