package dev.sockbroker.broker.core;

/** A request that takes effect when a ring's bytes before it have gone (rule 25). */
record HeldCall(SendRing ring, Call call, long position) implements Waiting {
  @Override
  public void refuse(RefusedException why) {
    ring.drop(this);
    call.refuse(why);
  }
}
