package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.RingMemory;
import java.util.function.BiConsumer;

/** Attaches and ends rings. */
final class RingHandler {
  /** The memory and the doorbell. */
  private static final int FDS = 2;

  private final Environment environment;
  private final HeldQueues held;
  private final Authority authority;
  private final BiConsumer<Session, RefusedException> onNonsense;
  private int count;

  /**
   * @param held the queues of held requests
   * @param onNonsense ends the session of a client that has written invalid values into its ring
   */
  RingHandler(
      Environment environment,
      HeldQueues held,
      Authority authority,
      BiConsumer<Session, RefusedException> onNonsense) {
    this.authority = authority;
    this.environment = environment;
    this.held = held;
    this.onNonsense = onNonsense;
  }

  int count() {
    return count;
  }

  void onAttach(Call call, Request.AttachRing attach) {
    Session session = call.session();
    Descriptor descriptor = session.descriptor(attach.descriptor());
    Lanes.checkRights(descriptor, "a ring");
    authority.mayUse(session, PolicyLane.RING);
    checkSize(attach.bytes());
    Lanes.checkFree(descriptor, "a ring");
    session.proxyToFlush().checkTakesFds();
    int length = 2 * attach.bytes();
    checkRoom(session.account(), length);
    Ring ring = make(descriptor, attach.bytes(), null);
    descriptor.socket.lanes().attach(ring);
    session.proxyToFlush().pass(call.requestId(), new RingPassing(call, ring));
  }

  /**
   * Restores a ring of another broker.
   *
   * @param crash null unless the former broker was killed
   */
  void restore(SavedRing saved, Descriptor descriptor, Crash crash) {
    Ring ring = make(descriptor, saved.bytes(), saved);
    descriptor.socket.lanes().restore(ring);
    if (crash != null) {
      ring.recover(crash);
    }
  }

  private Ring make(Descriptor descriptor, int bytes, SavedRing saved) {
    Session session = descriptor.session;
    int length = 2 * bytes;
    Ring ring =
        new Ring(
            descriptor,
            environment,
            bytes,
            held.of(descriptor),
            _ -> release(session.account(), length),
            nonsense -> onNonsense.accept(session, nonsense),
            saved);
    charge(session.account(), length);
    return ring;
  }

  private static void checkSize(int bytes) {
    if (!RingMemory.isSize(bytes)) {
      throw new RefusedException(
          Errno.EINVAL,
          "the size of a ring is a power of two of bytes, from "
              + RingMemory.BYTES_MIN
              + " to "
              + RingMemory.BYTES_MAX);
    }
  }

  private static void checkRoom(Account account, int length) {
    account.check(Resource.RING_BYTES, length);
    account.check(Resource.SOCKETS, 1);
    account.check(Resource.FILE_DESCRIPTORS, FDS);
  }

  private void charge(Account account, int length) {
    count++;
    account.force(Resource.RING_BYTES, length);
    account.force(Resource.SOCKETS, 1);
    account.force(Resource.FILE_DESCRIPTORS, FDS);
  }

  private void release(Account account, int length) {
    count--;
    account.release(Resource.RING_BYTES, length);
    account.release(Resource.SOCKETS, 1);
    account.release(Resource.FILE_DESCRIPTORS, FDS);
  }

  void onDetach(Call call, Request.DetachRing detach) {
    Descriptor descriptor = call.session().descriptor(detach.descriptor());
    if (!(descriptor.lane instanceof Ring ring)) {
      throw new RefusedException(Errno.EINVAL, "this descriptor has no ring");
    }
    ring.detach();
    call.reply(new Reply.Done());
    descriptor.socket.serveWaiting();
  }
}
