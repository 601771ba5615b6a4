package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedDelivery;
import dev.sockbroker.protocol.Errno;

/**
 * The fds of a ring on their way to a client.
 *
 * @param call the attach, which is answered when the fds were passed
 * @param ring null if it has ended meanwhile
 */
record RingPassing(Call call, Ring ring) implements SessionProxy.Passing {
  @Override
  public int[] fds() {
    return ring == null ? null : ring.fds();
  }

  @Override
  public void done(boolean passed) {
    if (passed) {
      call.reply(ring.info());
      ring.descriptor().socket.serveWaiting();
      return;
    }
    if (ring != null) {
      ring.detach();
    }
    call.refuse(
        new RefusedException(Errno.ENOTCONN, "the fd connection ended before the fds were taken"));
  }

  @Override
  public SavedDelivery save(Saving saving) {
    return new SavedDelivery.RingAttached(call.save());
  }
}
