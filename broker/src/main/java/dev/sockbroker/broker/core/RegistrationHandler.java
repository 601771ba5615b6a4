package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.List;
import java.util.Set;

/** The one registration of a socket, in both forms (section 4). */
final class RegistrationHandler {
  private final SocketTable sockets;
  private final EventObjectHandler objects;

  RegistrationHandler(SocketTable sockets, EventObjectHandler objects) {
    this.sockets = sockets;
    this.objects = objects;
  }

  void onAsyncSelect(Call call, Request.AsyncSelect select) {
    Descriptor descriptor = call.session().descriptor(select.descriptor(), Right.EVENT);
    register(call, descriptor, select.events(), null);
  }

  void onEventSelect(Call call, Request.EventSelect select) {
    Descriptor descriptor = call.session().descriptor(select.descriptor(), Right.EVENT);
    EventObject object = null;
    if (select.object() != 0) {
      object = objects.own(call.session(), select.object());
    } else if (!select.events().isEmpty()) {
      throw new RefusedException(
          Errno.EINVAL, "the event form needs an event object; only mask 0 goes without");
    }
    register(call, descriptor, select.events(), object);
  }

  private void register(
      Call call, Descriptor descriptor, Set<NetworkEvent> events, EventObject object) {
    OwnedSocket socket = descriptor.socket;
    Registration former = socket.registration();
    int number = socket.register(descriptor, events, object);
    call.reply(new Reply.Registered(number));
    if (former != null && former.descriptor() != descriptor) {
      tellReplaced(former, descriptor, events.isEmpty());
      sockets.happened(Event.What.REPLACED, former.descriptor(), "by " + descriptor);
    }
    sockets.happened(
        events.isEmpty() ? Event.What.CANCELLED : Event.What.REGISTERED,
        descriptor,
        events.isEmpty() ? null : events.toString());
    socket.look();
  }

  /** Behind the reply, which may go to the same session (rules 30 and 31). */
  private static void tellReplaced(Registration former, Descriptor by, boolean cancelled) {
    Session told = former.descriptor().session;
    told.proxy()
        .event(
            0,
            new Event.Replaced(
                former.descriptor().id,
                former.number(),
                by.session.identity().pid(),
                by.session.id(),
                cancelled));
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
    socket.look();
  }

  /** Counts as an operation that found nothing, and needs that operation's right (rule 43). */
  void onRearm(Call call, Request.Rearm rearm) {
    Descriptor descriptor = call.session().descriptor(rearm.descriptor());
    for (NetworkEvent event : rearm.events()) {
      call.session().descriptor(rearm.descriptor(), rightOf(event));
    }
    rearm.events().forEach(descriptor.socket::enable);
    call.reply(new Reply.Done());
    descriptor.socket.look();
  }

  private static Right rightOf(NetworkEvent event) {
    return switch (event) {
      case READ, OOB -> Right.RECV;
      case ACCEPT -> Right.ACCEPT;
      case WRITE -> Right.SEND;
      case CONNECT, CLOSE ->
          throw new RefusedException(
              Errno.EINVAL, "nothing re-enables " + event + " but a new registration");
    };
  }
}
