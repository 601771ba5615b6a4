package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.recording.Events;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.List;
import java.util.Set;

/** Handles the registration of a socket, in both forms, and its standbys (section 4). */
final class RegistrationHandler {
  private final SocketTable sockets;
  private final EventObjectHandler objects;

  RegistrationHandler(SocketTable sockets, EventObjectHandler objects) {
    this.sockets = sockets;
    this.objects = objects;
  }

  void onAsyncSelect(Call call, Request.AsyncSelect select) {
    Descriptor descriptor = call.session().descriptor(select.descriptor(), Right.EVENT);
    Set<NetworkEvent> events = select.events();
    check(events, select.standby(), select.number(), select.any());
    if (events.isEmpty()) {
      cancel(call, descriptor, select.number());
    } else {
      register(call, descriptor, events, null, select.standby());
    }
  }

  void onEventSelect(Call call, Request.EventSelect select) {
    Descriptor descriptor = call.session().descriptor(select.descriptor(), Right.EVENT);
    Set<NetworkEvent> events = select.events();
    check(events, select.standby(), select.number(), select.any());
    EventObject object = null;
    if (select.object() != 0) {
      object = objects.own(call.session(), select.object());
    } else if (!events.isEmpty()) {
      throw new RefusedException(
          Errno.EINVAL, "the event form needs an event object, except for a cancel");
    }
    if (events.isEmpty()) {
      cancel(call, descriptor, select.number());
    } else {
      register(call, descriptor, events, object, select.standby());
    }
  }

  /** Checks that a cancel, and only a cancel, says what it cancels (rule 29). */
  private static void check(Set<NetworkEvent> events, boolean standby, long number, boolean any) {
    if (!events.isEmpty()) {
      if (number != 0 || any) {
        throw new RefusedException(
            Errno.EINVAL, "'number' and 'any' belong to a cancel, which has no events");
      }
    } else if (standby) {
      throw new RefusedException(
          Errno.EINVAL, "a cancel has no 'standby'; cancel, then register again");
    } else if (any == (number != 0)) {
      throw new RefusedException(
          Errno.EINVAL,
          "a cancel needs either 'number', of your own registration, or 'any', for anybody's"
              + " registration");
    }
  }

  private void register(
      Call call,
      Descriptor descriptor,
      Set<NetworkEvent> events,
      EventObject object,
      boolean standby) {
    OwnedSocket socket = descriptor.socket;
    Registration former = socket.registration();
    socket.registrations().register(descriptor, events, object, standby);
    socket.blocking(false);
    call.reply(new Reply.Registered(socket.registration().number()));
    if (former != null && former.descriptor() != descriptor) {
      tellReplaced(former, descriptor, false);
      sockets.happened(Event.What.REPLACED, former.descriptor(), "by " + descriptor);
      Events.handOver(
          "registration",
          socket.id(),
          former.descriptor().session.identity().pid(),
          descriptor.session.identity().pid());
    }
    sockets.happened(Event.What.REGISTERED, descriptor, events.toString());
    socket.reportEvents();
  }

  private void cancel(Call call, Descriptor descriptor, long number) {
    if (number == 0) {
      cancelAny(call, descriptor);
    } else {
      cancelOwn(call, descriptor, number);
    }
  }

  /**
   * Cancels the descriptor's own registration. There is nothing to cancel if it was replaced and
   * does not stand by.
   */
  private void cancelOwn(Call call, Descriptor descriptor, long number) {
    OwnedSocket socket = descriptor.socket;
    boolean ended = socket.registrations().cancel(descriptor, number);
    call.reply(new Reply.Registered(0, ended ? number : 0));
    if (ended) {
      sockets.happened(Event.What.CANCELLED, descriptor, null);
      sockets.promote(socket);
      socket.reportEvents();
    }
  }

  private void cancelAny(Call call, Descriptor by) {
    OwnedSocket socket = by.socket;
    Registration former = socket.registration();
    List<Registration> standbys = socket.registrations().cancelAny();
    socket.blocking(false);
    call.reply(new Reply.Registered(0, former == null ? 0 : former.number()));
    if (former != null && former.descriptor() != by) {
      tellReplaced(former, by, true);
      sockets.happened(Event.What.REPLACED, former.descriptor(), "by " + by);
    }
    for (Registration standby : standbys) {
      if (standby.descriptor() != by) {
        tellStandbyEnded(standby, by);
      }
    }
    sockets.happened(Event.What.CANCELLED, by, null);
    socket.reportEvents();
  }

  /**
   * Notifies the former registrant after the reply, which may go to the same session (rules 30 and
   * 31). A session that has not learned of its promotion still believes that it stands by. So
   * nothing accumulates if it is promoted and replaced many times while it does not read.
   */
  private static void tellReplaced(Registration former, Descriptor by, boolean cancelled) {
    if (!former.isPromotionUnknown()) {
      tell(
          former,
          new Event.Replaced(
              former.descriptor().id,
              former.number(),
              by.session.identity().pid(),
              by.session.id(),
              cancelled,
              !cancelled && former.isToStandBy()));
    } else if (cancelled) {
      tellStandbyEnded(former, by);
    }
  }

  private static void tellStandbyEnded(Registration standby, Descriptor by) {
    tell(
        standby,
        new Event.StandbyEnded(
            standby.descriptor().id,
            standby.knownNumber(),
            by.session.identity().pid(),
            by.session.id()));
  }

  private static void tell(Registration registration, Event event) {
    registration.descriptor().session.proxyToFlush().event(0, event);
  }

  void onEnumerate(Call call, Request.EnumNetworkEvents enumerate) {
    OwnedSocket socket = call.session().descriptor(enumerate.descriptor(), Right.EVENT).socket;
    Registration registration = socket.registration();
    EventObject object = null;
    if (enumerate.object() != 0) {
      object = objects.own(call.session(), enumerate.object());
      if (registration != null && registration.descriptor().session != call.session()) {
        throw new RefusedException(
            Errno.EINVAL, "another session is the registrant; enumerate without an object");
      }
    }
    List<Reply.Occurrence> record = registration == null ? List.of() : registration.takeRecord();
    if (object != null) {
      object.resetUnlessRecorded();
    }
    call.reply(new Reply.NetworkEvents(record));
    socket.reportEvents();
  }

  /**
   * Re-enables an event as if its operation had found nothing, and requires the right for that
   * operation (rule 43).
   */
  void onRearm(Call call, Request.Rearm rearm) {
    Descriptor descriptor = call.session().descriptor(rearm.descriptor());
    for (NetworkEvent event : rearm.events()) {
      call.session().descriptor(rearm.descriptor(), rightOf(event));
    }
    rearm.events().forEach(descriptor.socket::enable);
    call.reply(new Reply.Done());
    descriptor.socket.reportEvents();
  }

  private static Right rightOf(NetworkEvent event) {
    return switch (event) {
      case READ, OOB -> Right.RECV;
      case ACCEPT -> Right.ACCEPT;
      case WRITE -> Right.SEND;
      case CONNECT, CLOSE ->
          throw new RefusedException(Errno.EINVAL, "only a new registration re-enables " + event);
    };
  }
}
