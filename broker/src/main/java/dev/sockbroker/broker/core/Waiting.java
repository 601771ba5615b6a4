package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;

/**
 * Something that waits in a session: an operation on a socket, a wait for event objects, an open
 * that connects, a request behind the bytes of a ring, or one that is answered later.
 */
sealed interface Waiting permits Operation, EventWait, ConnectingOpen, HeldCall, DeferredReply {
  /** Ends it with an error reply. */
  void refuse(RefusedException why);
}
