package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;

/**
 * A request that takes effect when a ring's bytes before it have gone (rule 25).
 *
 * @param position null for one that stands behind others only
 */
record HeldCall(HeldRequests queue, Call call, Long position) implements Waiting {
  @Override
  public void refuse(RefusedException why) {
    queue.drop(this);
    call.refuse(why);
  }
}
