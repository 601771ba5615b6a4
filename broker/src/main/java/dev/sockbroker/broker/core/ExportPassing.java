package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedDelivery;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;

/**
 * The raw fd of a socket on its way to a client.
 *
 * @param call the export, which is answered when the fd was passed
 */
record ExportPassing(SocketTable sockets, Call call, Descriptor descriptor)
    implements SessionProxy.Passing {
  @Override
  public int[] fds() {
    return descriptor.isClosed() ? null : new int[] {descriptor.socket.kernel().fd()};
  }

  @Override
  public void done(boolean passed) {
    if (!passed) {
      descriptor.socket.exports().undo(descriptor);
      call.refuse(
          descriptor.isClosed()
              ? new RefusedException(
                  Errno.EBADF, "the descriptor was closed before the fd was sent")
              : new RefusedException(
                  Errno.ENOTCONN, "the fd connection ended before the fd was sent"));
      return;
    }
    call.reply(new Reply.Done());
    sockets.happened(Event.What.EXPORTED, descriptor, null);
    // From now on the broker must notice if a holder ends listening.
    descriptor.socket.reportEvents();
  }

  @Override
  public SavedDelivery save(Saving saving) {
    saving.idOf(descriptor);
    return new SavedDelivery.Exported(call.save());
  }
}
