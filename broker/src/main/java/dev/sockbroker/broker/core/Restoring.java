package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedCall;
import dev.sockbroker.broker.state.SavedDelivery;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.broker.state.SavedProcess;
import dev.sockbroker.broker.state.SavedRegistration;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.broker.state.SavedUpgrade;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Restores the entities of a saved state in an order in which each finds those that it refers to.
 * Each is charged as when it was made, but no limit is checked, because it exists already.
 */
public final class Restoring {
  private final Environment environment;
  private final Conductor conductor;

  /** Null unless the former broker was killed. */
  private final Crash crash;

  private final Map<Long, Session> sessions = new HashMap<>();
  private final Map<Long, OwnedSocket> sockets = new HashMap<>();
  private final Map<Long, Descriptor> descriptors = new HashMap<>();
  private final Map<Long, EventObject> eventObjects = new HashMap<>();
  private final List<Processes.Watched> processes = new ArrayList<>();

  /**
   * Restores everything. Operations continue after this turn.
   *
   * @param proxies returns the proxy of a session by its id
   */
  public Restoring(Environment environment, SavedBroker saved, LongFunction<SessionProxy> proxies) {
    this(environment, saved, proxies, null);
  }

  /**
   * Restores the state of a killed broker.
   *
   * @param crash what happened after that state; null if nothing did
   */
  public Restoring(
      Environment environment, SavedBroker saved, LongFunction<SessionProxy> proxies, Crash crash) {
    this.environment = environment;
    this.crash = crash;
    conductor = new Conductor(environment, saved.startedNanos());
    conductor.sockets.restoreIds(saved);
    conductor.sessions.restoreLastId(saved.lastSession());
    conductor.eventObjects.restore(saved.lastObject());
    saved.sessions().forEach(it -> restoreSession(it, proxies));
    saved.processes().forEach(this::restoreProcess);
    saved.sockets().forEach(it -> sockets.put(it.id(), conductor.sockets.restore(it, this)));
    saved.descriptors().forEach(this::restoreDescriptor);
    saved.sockets().forEach(this::restoreSocket);
    saved.descriptors().forEach(this::restoreHeld);
    conductor.tokens.restore(saved.tokens(), saved.lastToken(), this);
    saved.sessions().forEach(this::restoreNotices);
    if (crash != null) {
      recover();
    }
    sockets.values().forEach(OwnedSocket::serveWaitingLater);
  }

  private void recover() {
    sockets.values().forEach(it -> it.transport().recover());
    crash
        .accepted()
        .forEach(
            (id, connections) -> {
              OwnedSocket listener = socket(id);
              connections.forEach(
                  it -> listener.transport().giveBack(adopt(it), listener.account()));
            });
  }

  /** Returns the core that continues. */
  public Conductor conductor() {
    return conductor;
  }

  /**
   * Tells clients that this broker has taken over. To be called when it owns the state.
   *
   * @param saved by the other broker
   */
  public void onTakenOver(SavedUpgrade saved) {
    conductor.upgrades.restored(saved, saved.asked() == null ? null : call(saved.asked()));
  }

  /** Returns a session, which may have ended. */
  public Session session(long id) {
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
   * Restores what depends on a frame that another broker wrote and the kernel has not taken.
   *
   * @return null if nothing depends on it any more
   */
  public SessionProxy.Delivery delivery(SavedDelivery saved) {
    return switch (saved) {
      case SavedDelivery.Received it -> receipt(it);
      case SavedDelivery.Accepted it -> AcceptDelivery.restore(it, conductor.sockets);
      case SavedDelivery.Redeemed it -> RedeemDelivery.restore(it, conductor.tokens);
      default -> throw new IllegalArgumentException(saved + " is not a reply");
    };
  }

  private Receipt receipt(SavedDelivery.Received saved) {
    OwnedSocket socket = socket(saved.socket());
    if (socket == null) {
      saved.bytes().release();
      return null;
    }
    Session session = session(saved.session());
    // One that has ended and had nothing left was forgotten.
    return conductor.data.restore(saved, socket, session == null ? socket.maker() : session);
  }

  /** Restores fds that wait to be passed to a client. */
  public SessionProxy.Passing passing(SavedDelivery saved) {
    return switch (saved) {
      case SavedDelivery.Exported it -> {
        Call call = call(it.call());
        long id = ((Request.Export) call.request()).descriptor();
        yield new ExportPassing(conductor.sockets, call, descriptors.get(id));
      }
      case SavedDelivery.RingAttached it -> {
        Call call = call(it.call());
        Descriptor descriptor = descriptors.get(((Request.AttachRing) call.request()).descriptor());
        yield new RingPassing(call, descriptor == null ? null : (Ring) descriptor.lane);
      }
      default -> throw new IllegalArgumentException(saved + " passes no fds");
    };
  }

  private void restoreProcess(SavedProcess saved) {
    processes.add(conductor.processes.restore(saved, session(saved.session())));
  }

  private void restoreSession(SavedSession saved, LongFunction<SessionProxy> proxies) {
    Session session =
        conductor.sessions.restore(saved, saved.ended() ? null : proxies.apply(saved.id()));
    sessions.put(saved.id(), session);
    eventObjects.putAll(session.eventObjects);
    if (saved.feed() != null) {
      conductor.watchers.restore(session, saved.feed());
    }
  }

  private void restoreDescriptor(SavedDescriptor saved) {
    descriptors.put(
        saved.id(),
        conductor.sockets.restore(saved, session(saved.session()), socket(saved.socket())));
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
    saved
        .rings()
        .forEach(it -> conductor.rings.restore(it, descriptors.get(it.descriptor()), crash));
    saved.streams().forEach(this::restoreStream);
    saved.receives().forEach(this::restoreOperation);
    saved.sends().forEach(this::restoreOperation);
    conductor.sockets.restoreEnd(socket, saved);
  }

  private void restoreStream(SavedStream saved) {
    conductor.streams.restore(saved, descriptors.get(saved.descriptor()));
  }

  private Registration registration(SavedRegistration saved) {
    return Registration.restore(
        saved, descriptors.get(saved.descriptor()), eventObjects.get(saved.object()));
  }

  private void restoreOperation(SavedOperation saved) {
    Call call = call(saved.call());
    Descriptor descriptor = descriptors.get(saved.descriptor());
    switch (call.request()) {
      case Request.Receive _, Request.Send _ -> conductor.data.restore(call, descriptor, saved);
      default -> conductor.socket.restore(call, descriptor, saved);
    }
  }

  private Call call(SavedCall saved) {
    return conductor
        .calls
        .take()
        .of(session(saved.session()), saved.requestId(), saved.descriptor(), saved.request());
  }

  private void restoreHeld(SavedDescriptor saved) {
    if (saved.held().isEmpty()) {
      return;
    }
    HeldRequests held = conductor.held.of(descriptors.get(saved.id()));
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
    saved.opens().forEach(this::restoreOpening);
    saved.notices().forEach(it -> session.notice(notice(it, session)));
    if (saved.ended()) {
      session.account().end();
    }
  }

  private void restoreOpening(SavedSession.Opening saved) {
    Call call = call(saved.call());
    switch (call.request()) {
      case Request.Open _ -> conductor.open.restore(call, saved.deadline());
      case Request.Upgrade _ when crash == null -> {
        // onTakenOver answers it.
      }
      default -> {
        DeferredReply reply = new DeferredReply(call);
        reply.restore();
        conductor.restoredReplies.add(reply);
      }
    }
  }

  private Notice notice(SavedSession.Notice saved, Session session) {
    return switch (saved.kind()) {
      case REGISTRATION -> descriptors.get(saved.id()).socket.registration();
      case EVENT_OBJECT -> eventObjects.get(saved.id());
      case RING -> (Ring) descriptors.get(saved.id()).lane;
      case STREAM -> (StreamLane) descriptors.get(saved.id()).lane;
      case FEED -> conductor.watchers.feed(session);
    };
  }
}
