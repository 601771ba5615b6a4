package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedDelivery;

/**
 * The reply with an accepted connection. If it is not delivered, the connection returns to its
 * listener and waits for the next accept.
 */
record AcceptDelivery(SocketTable sockets, OwnedSocket listener, Descriptor made)
    implements SessionProxy.Delivery {
  @Override
  public void done(boolean toKernel) {
    if (!toKernel && listener.transport().isListening() && !listener.isClosed()) {
      TransportState transport = sockets.takeBack(made);
      if (transport != null) {
        listener.transport().giveBack(transport, listener.account());
        listener.serveWaitingLater();
      }
    }
  }

  @Override
  public SavedDelivery save(Saving saving) {
    return new SavedDelivery.Accepted(listener.id(), made.id);
  }

  /** Returns null if the listener or the connection is gone, so that nothing can return. */
  static AcceptDelivery restore(SavedDelivery.Accepted saved, SocketTable sockets) {
    OwnedSocket listener = sockets.sockets().get(saved.listener());
    Descriptor made = sockets.descriptor(saved.descriptor());
    return listener == null || made == null ? null : new AcceptDelivery(sockets, listener, made);
  }
}
