package dev.sockbroker.client;

import dev.sockbroker.client.RegistrationEnd.Reason;
import dev.sockbroker.protocol.Event;
import java.nio.channels.ClosedChannelException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Finds the receiver of each event. The reading thread owns the maps. Replies change them and
 * events read them in stream order, so an event always finds its registration. This is true even
 * for an accepted socket whose accept the program has not seen yet.
 */
final class EventsAdapter {
  private final Map<Long, SharedSocket> sockets = new HashMap<>();
  private final Map<Long, Registration> events = new HashMap<>();
  private final Map<Long, EventObject> objects = new HashMap<>();
  private final Executor callbacks;

  /** One registration of this session. */
  private static final class Registration {
    final SharedSocket socket;
    final long number;
    final Consumer<NetworkEventMessage> handler;

    /** Tells callbacks that have not started that they are out of date (rule 31). */
    volatile boolean isOver;

    /** Whether another descriptor has replaced it, so that it may be promoted (rule 51). */
    boolean standsBy;

    /**
     * @param handler null in the event form
     */
    Registration(SharedSocket socket, long number, Consumer<NetworkEventMessage> handler) {
      this.socket = socket;
      this.number = number;
      this.handler = handler;
    }
  }

  /**
   * @param callbacks runs tasks one at a time, in order
   */
  EventsAdapter(Executor callbacks) {
    this.callbacks = callbacks;
  }

  void onOpened(SharedSocket socket) {
    sockets.put(socket.id(), socket);
  }

  /** The accepted socket starts with the listener's registration (rule 34). */
  void onInherited(SharedSocket accepted, SharedSocket listener, long number) {
    Registration of = registrationOf(listener);
    put(accepted, number, of == null ? null : of.handler);
    accepted.startLike(of == null ? listener : of.socket);
  }

  /** The listener's registration. It may belong to another descriptor of this session. */
  private Registration registrationOf(SharedSocket listener) {
    Registration own = events.get(listener.id());
    return own != null && !own.standsBy
        ? own
        : events.values().stream()
            .filter(it -> it.socket.socketId() == listener.socketId() && !it.standsBy)
            .findFirst()
            .orElse(null);
  }

  /**
   * @param handler null in the event form
   */
  void onRegistered(SharedSocket socket, long number, Consumer<NetworkEventMessage> handler) {
    end(events.get(socket.id()));
    put(socket, number, handler);
  }

  /** The descriptor's own registration was cancelled, or no longer stands by. */
  void onCancelled(SharedSocket socket) {
    end(remove(socket));
  }

  private static void end(Registration registration) {
    if (registration != null) {
      registration.isOver = true;
    }
  }

  private void put(SharedSocket socket, long number, Consumer<NetworkEventMessage> handler) {
    events.put(socket.id(), new Registration(socket, number, handler));
    socket.registration(number);
  }

  private Registration remove(SharedSocket socket) {
    socket.registration(0);
    return events.remove(socket.id());
  }

  void onClosed(SharedSocket socket) {
    sockets.remove(socket.id());
    onCancelled(socket);
  }

  void onCreated(EventObject object) {
    objects.put(object.id(), object);
  }

  void onClosed(EventObject object) {
    objects.remove(object.id());
  }

  void onEvent(Event event) {
    if (event instanceof Event.Network network) {
      onNetwork(network);
    } else if (event instanceof Event.Replaced replaced) {
      onReplaced(replaced);
    } else if (event instanceof Event.Promoted promoted) {
      onPromoted(promoted);
    } else if (event instanceof Event.StandbyEnded ended) {
      onStandbyEnded(ended);
    } else if (event instanceof Event.RingReady ready) {
      SharedSocket socket = sockets.get(ready.descriptor());
      if (socket != null) {
        socket.lane().onDoorbell();
      }
    } else if (event instanceof Event.StreamEnded end) {
      SharedSocket socket = sockets.get(end.descriptor());
      if (socket != null) {
        socket.lane().onEnded(end.direction(), end.error());
      }
    } else if (event instanceof Event.Revoked revoked) {
      onRevoked(revoked);
    } else if (event instanceof Event.ObjectSignalled signalled) {
      EventObject object = objects.get(signalled.object());
      if (object != null) {
        object.onSignal(callbacks);
      }
    }
  }

  /** The session has ended, so waits for rings end too. */
  void onEnd(Throwable why) {
    sockets.values().forEach(socket -> socket.onLost(why));
  }

  private void onNetwork(Event.Network event) {
    SharedSocket socket = sockets.get(event.descriptor());
    Registration registration = events.get(event.descriptor());
    if (socket == null || registration == null || registration.handler == null) {
      return;
    }
    NetworkEventMessage message =
        new NetworkEventMessage(socket, event.event(), event.error(), event.number());
    callbacks.execute(
        () -> {
          if (!registration.isOver && !socket.isClosed()) {
            registration.handler.accept(message);
          }
        });
  }

  private void onReplaced(Event.Replaced event) {
    SharedSocket socket = sockets.get(event.descriptor());
    if (socket == null) {
      return;
    }
    Registration registration = events.get(event.descriptor());
    if (registration != null && registration.number == event.number()) {
      registration.standsBy = event.standby();
      if (!event.standby()) {
        remove(socket);
      }
    }
    Reason reason = event.cancelled() ? Reason.CANCELLED : Reason.REPLACED;
    tell(
        new RegistrationEnd(
            socket, reason, event.number(), event.pid(), event.session(), event.standby()));
  }

  private void onPromoted(Event.Promoted event) {
    SharedSocket socket = sockets.get(event.descriptor());
    Registration before = events.get(event.descriptor());
    if (socket == null || before == null) {
      return;
    }
    put(socket, event.number(), before.handler);
    Promotion promotion = new Promotion(socket, event.number(), event.formerNumber());
    callbacks.execute(() -> socket.promotionHandler().accept(promotion));
  }

  private void onStandbyEnded(Event.StandbyEnded event) {
    SharedSocket socket = sockets.get(event.descriptor());
    if (socket != null) {
      remove(socket);
      tell(
          new RegistrationEnd(
              socket, Reason.STANDBY_ENDED, event.number(), event.pid(), event.session()));
    }
  }

  private void onRevoked(Event.Revoked event) {
    SharedSocket socket = sockets.remove(event.descriptor());
    if (socket != null) {
      remove(socket);
      socket.onLost(new ClosedChannelException());
      tell(new RegistrationEnd(socket, Reason.REVOKED, 0, event.pid(), event.session()));
    }
  }

  private void tell(RegistrationEnd end) {
    callbacks.execute(() -> end.socket().registrationEndHandler().accept(end));
  }
}
