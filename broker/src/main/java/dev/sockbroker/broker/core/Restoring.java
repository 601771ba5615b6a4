package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedCall;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.broker.state.SavedRegistration;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.broker.state.SavedSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Restores the entities of a saved state in an order in which each finds those that it refers to.
 * Each is charged as when it was made, but no limit is checked, because it exists already.
 */
final class Restoring {
  private final Environment environment;
  private final SessionTable sessionTable;
  private final Watchers watchers;
  private final Processes processTable;
  private final SocketTable socketTable;
  private final TokenTable tokens;
  private final RingHandler rings;
  private final Operations operations;
  private final Pool<Call> calls = new Pool<>(Call::new);
  private final Map<Long, Session> sessions = new HashMap<>();
  private final Map<Long, OwnedSocket> sockets = new HashMap<>();
  private final Map<Long, Descriptor> descriptors = new HashMap<>();
  private final Map<Long, EventObject> eventObjects = new HashMap<>();
  private final List<Processes.Watched> processes = new ArrayList<>();

  /** Restores an operation that waits on a socket. */
  interface Operations {
    void restore(Call call, Descriptor descriptor, SavedOperation saved);
  }

  Restoring(
      Environment environment,
      SessionTable sessionTable,
      Watchers watchers,
      Processes processTable,
      SocketTable socketTable,
      TokenTable tokens,
      RingHandler rings,
      Operations operations) {
    this.environment = environment;
    this.sessionTable = sessionTable;
    this.watchers = watchers;
    this.processTable = processTable;
    this.socketTable = socketTable;
    this.tokens = tokens;
    this.rings = rings;
    this.operations = operations;
  }

  /** Returns a session, which may have ended. */
  Session session(long id) {
    return sessions.get(id);
  }

  OwnedSocket socket(long id) {
    return sockets.get(id);
  }

  Processes.Watched process(int index) {
    return processes.get(index);
  }

  KernelSocket adopt(SavedKernelSocket saved) {
    return environment.kernel().adopt(saved);
  }

  /**
   * @param proxies returns the proxy of a session by its id
   */
  void restore(SavedBroker saved, LongFunction<SessionProxy> proxies) {
    saved.sessions().forEach(it -> restoreSession(it, proxies));
    saved.processes().forEach(it -> processes.add(processTable.restore(it, session(it.session()))));
    saved.sockets().forEach(it -> sockets.put(it.id(), socketTable.restore(it, this)));
    saved.descriptors().forEach(this::restoreDescriptor);
    saved.sockets().forEach(this::restoreSocket);
    saved.descriptors().forEach(this::restoreHeld);
    tokens.restore(saved.tokens(), saved.lastToken(), this);
    saved.sessions().forEach(this::restoreNotices);
    sockets.values().forEach(OwnedSocket::serveWaitingLater);
  }

  private void restoreSession(SavedSession saved, LongFunction<SessionProxy> proxies) {
    Session session = sessionTable.restore(saved, saved.ended() ? null : proxies.apply(saved.id()));
    sessions.put(saved.id(), session);
    eventObjects.putAll(session.eventObjects);
    if (saved.feed() != null) {
      watchers.restore(session, saved.feed());
    }
  }

  private void restoreDescriptor(SavedDescriptor saved) {
    descriptors.put(
        saved.id(), socketTable.restore(saved, session(saved.session()), socket(saved.socket())));
  }

  /** Restores what a socket has in common with its descriptors. */
  private void restoreSocket(SavedSocket saved) {
    OwnedSocket socket = socket(saved.id());
    socket
        .registrations()
        .restore(
            saved.registration() == null ? null : registration(saved.registration()),
            saved.standbys().stream().map(this::registration).toList(),
            saved.lastNumber());
    saved.rings().forEach(it -> rings.restore(it, descriptors.get(it.descriptor())));
    saved.receives().forEach(this::restoreOperation);
    saved.sends().forEach(this::restoreOperation);
    socketTable.restoreEnd(socket, saved);
  }

  private Registration registration(SavedRegistration saved) {
    return Registration.restore(
        saved, descriptors.get(saved.descriptor()), eventObjects.get(saved.object()));
  }

  private void restoreOperation(SavedOperation saved) {
    operations.restore(call(saved.call()), descriptors.get(saved.descriptor()), saved);
  }

  private Call call(SavedCall saved) {
    return calls
        .take()
        .of(session(saved.session()), saved.requestId(), saved.descriptor(), saved.request());
  }

  private void restoreHeld(SavedDescriptor saved) {
    if (saved.held().isEmpty()) {
      return;
    }
    HeldRequests held = rings.held(descriptors.get(saved.id()));
    saved.held().forEach(it -> held.restore(call(it.call()), it.position()));
    held.runDue();
  }

  /** Restores what waits in a session, now that everything it may refer to exists. */
  private void restoreNotices(SavedSession saved) {
    Session session = session(saved.id());
    for (SavedSession.Wait it : saved.waits()) {
      List<EventObject> objects = it.objects().stream().map(eventObjects::get).toList();
      new EventWait(call(it.call()), objects, it.all())
          .restore(environment.timers(), it.deadline());
    }
    saved.notices().forEach(it -> session.notice(notice(it, session)));
    if (saved.ended()) {
      session.account().end();
    }
  }

  private Notice notice(SavedSession.Notice saved, Session session) {
    return switch (saved.kind()) {
      case REGISTRATION -> descriptors.get(saved.id()).socket.registration();
      case EVENT_OBJECT -> eventObjects.get(saved.id());
      case RING -> descriptors.get(saved.id()).ring;
      case FEED -> watchers.feed(session);
    };
  }
}
