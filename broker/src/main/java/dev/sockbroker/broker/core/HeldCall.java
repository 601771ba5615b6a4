package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;

/**
 * A request that takes effect after the ring's bytes before it were sent (rule 25).
 *
 * @param position null if it only waits behind other requests
 */
record HeldCall(HeldRequests queue, Call call, Long position) implements Waiting {
  @Override
  public void refuse(RefusedException why) {
    queue.drop(this);
    call.refuse(why);
  }
}
