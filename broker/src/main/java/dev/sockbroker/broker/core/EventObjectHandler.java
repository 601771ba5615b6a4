package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Handles the requests about a session's event objects (rule 42). */
final class EventObjectHandler {
  private final Environment environment;
  private final SocketTable sockets;
  private long lastObject;

  EventObjectHandler(Environment environment, SocketTable sockets) {
    this.environment = environment;
    this.sockets = sockets;
  }

  /**
   * @throws RefusedException EINVAL if it is unknown or belongs to another session
   */
  EventObject own(Session session, long id) {
    EventObject object = session.eventObjects.get(id);
    if (object == null) {
      throw new RefusedException(Errno.EINVAL, "this session has no event object " + id);
    }
    return object;
  }

  long lastObject() {
    return lastObject;
  }

  void restore(long last) {
    lastObject = last;
  }

  void onCreate(Call call) {
    Session session = call.session();
    session.account().charge(Resource.EVENT_OBJECTS, 1);
    EventObject object = new EventObject(++lastObject, session);
    session.eventObjects.put(object.id(), object);
    session.change().note();
    call.reply(new Reply.EventObject(object.id()));
  }

  void onSet(Call call, Request.SetEvent request) {
    EventObject object = own(call.session(), request.object());
    call.reply(new Reply.Done());
    object.set();
  }

  void onReset(Call call, Request.ResetEvent request) {
    own(call.session(), request.object()).reset();
    call.reply(new Reply.Done());
  }

  void onClose(Call call, Request.CloseEvent request) {
    EventObject object = own(call.session(), request.object());
    Set<OwnedSocket> without = endRegistrations(object);
    for (EventWait wait : object.waits()) {
      wait.refuse(
          new RefusedException(Errno.ECANCELED, "event object " + object.id() + " was closed"));
    }
    object.reset();
    call.session().eventObjects.remove(object.id());
    call.session().change().note();
    call.session().account().release(Resource.EVENT_OBJECTS, 1);
    call.reply(new Reply.Done());
    for (OwnedSocket socket : without) {
      sockets.promote(socket);
      socket.reportEvents();
    }
  }

  /**
   * Ends all registrations with the object, including standbys, before any promotion. Otherwise one
   * of these standbys could be promoted.
   */
  private static Set<OwnedSocket> endRegistrations(EventObject object) {
    Set<OwnedSocket> without = new LinkedHashSet<>();
    for (Registration registration : object.registrations()) {
      OwnedSocket socket = registration.descriptor().socket;
      socket.registrations().end(registration);
      without.add(socket);
    }
    return without;
  }

  void onWait(Call call, Request.WaitEvents request) {
    if (request.objects().isEmpty()) {
      throw new RefusedException(Errno.EINVAL, "name the event objects to wait for");
    }
    List<EventObject> objects =
        request.objects().stream().distinct().map(id -> own(call.session(), id)).toList();
    if (request.timeoutMillis() != null && request.timeoutMillis() < Request.FOREVER) {
      throw new RefusedException(
          Errno.EINVAL, "a time is in milliseconds; 0 means no waiting, and -1 means no limit");
    }
    long millis = request.timeoutMillis() == null ? Request.FOREVER : request.timeoutMillis();
    EventWait wait = new EventWait(call, objects, request.all());
    if (wait.holds()) {
      wait.answer();
    } else if (millis == 0) {
      throw RefusedException.timedOut("none of the requested event objects is set");
    } else {
      wait.begin(environment.timers(), millis);
    }
  }

  /** Releases the event objects of a session that has ended. */
  static void drop(Session session) {
    session.account().release(Resource.EVENT_OBJECTS, session.eventObjects.size());
    session.eventObjects.clear();
  }
}
