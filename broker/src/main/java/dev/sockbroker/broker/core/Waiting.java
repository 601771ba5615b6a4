package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;

/** What a session waits for: an operation on a socket, event objects, or bytes before it. */
sealed interface Waiting permits Operation, EventWait, HeldCall {
  /** Ends it with an error as its answer. */
  void refuse(RefusedException why);
}
