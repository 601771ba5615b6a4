package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedDelivery;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The reply with accepted connections. If it is not delivered, they return to their listener and
 * wait for the next accept. A client can use a descriptor before it has read the reply, because it
 * can guess the number. Such a connection does not return.
 *
 * @param made their descriptors, in the order of the accepts
 */
record AcceptDelivery(SocketTable sockets, OwnedSocket listener, List<Descriptor> made)
    implements SessionProxy.Delivery {
  @Override
  public void done(boolean toKernel) {
    if (!toKernel) {
      made.stream().filter(it -> !it.used).forEach(sockets::giveBack);
    }
  }

  @Override
  public SavedDelivery save(Saving saving) {
    List<Long> ids = made.stream().map(it -> it.id).toList();
    return new SavedDelivery.Accepted(listener.id(), ids.get(0), ids.subList(1, ids.size()));
  }

  /** Returns null if the listener or every connection is gone, so that nothing can return. */
  static AcceptDelivery restore(SavedDelivery.Accepted saved, SocketTable sockets) {
    OwnedSocket listener = sockets.sockets().get(saved.listener());
    List<Descriptor> made =
        Stream.concat(Stream.of(saved.descriptor()), saved.ahead().stream())
            .map(sockets::descriptor)
            .filter(Objects::nonNull)
            .toList();
    return listener == null || made.isEmpty() ? null : new AcceptDelivery(sockets, listener, made);
  }
}
