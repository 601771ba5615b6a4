package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sessions by id. Begins and ends sessions. */
final class SessionTable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionTable.class);

  private final Environment environment;
  private final Accounts accounts;
  private final Turn turn;
  private final Watchers watchers;
  private final SocketTable sockets;
  private final TokenTable tokens;
  private final EndedSessions ended;
  private final Changes changes;
  private final TreeMap<Long, Session> sessions = new TreeMap<>();
  private final Newcomers newcomers = new Newcomers();
  private long lastId;
  private Consumer<Session> onReleased = _ -> {};

  SessionTable(
      Environment environment,
      Accounts accounts,
      Turn turn,
      Watchers watchers,
      SocketTable sockets,
      TokenTable tokens,
      EndedSessions ended,
      Changes changes) {
    this.changes = changes;
    this.environment = environment;
    this.accounts = accounts;
    this.turn = turn;
    this.watchers = watchers;
    this.sockets = sockets;
    this.tokens = tokens;
    this.ended = ended;
  }

  /** Sets what runs when a session has ended. */
  void onReleased(Consumer<Session> task) {
    onReleased = task;
  }

  int size() {
    return sessions.size();
  }

  /** Returns a session, or null if it does not exist or has ended. */
  Session get(Long id) {
    return sessions.get(id);
  }

  Collection<Session> all() {
    return sessions.values();
  }

  /** Returns the sessions with greater ids, in the order of their ids. */
  Collection<Session> after(long id) {
    return sessions.tailMap(id, false).values();
  }

  /**
   * Begins a session for a client that has connected.
   *
   * @throws RefusedException ENFILE if there are too many
   */
  Session begin(Identity identity, SessionProxy proxy) {
    if (sessions.size() >= environment.limits().connections()) {
      makeRoom();
    }
    Session session =
        new Session(
            ++lastId, identity, proxy, accounts, turn, changes, environment.timers().nanoTime());
    sessions.put(session.id(), session);
    newcomers.add(session);
    return session;
  }

  long lastId() {
    return lastId;
  }

  /** Saves the sessions, and those that have ended and are still referred to. */
  List<SavedSession> save(Saving saving) {
    return Stream.concat(sessions.values().stream(), saving.endedSessions().stream())
        .map(Session::save)
        .toList();
  }

  void restoreLastId(long last) {
    lastId = last;
  }

  /**
   * Restores a session.
   *
   * @param proxy null for one that has ended
   */
  Session restore(SavedSession saved, SessionProxy proxy) {
    Identity identity = new Identity(saved.pid(), saved.uid());
    Session session =
        new Session(saved.id(), identity, proxy, accounts, turn, changes, saved.startedNanos());
    session.restore(saved);
    if (!saved.ended()) {
      sessions.put(session.id(), session);
      if (!saved.welcomed()) {
        newcomers.add(session);
      }
    }
    return session;
  }

  /** Drops a connection that has not said hello, because it must not keep other clients out. */
  private void makeRoom() {
    Session first = newcomers.firstToGo();
    if (first == null) {
      throw new RefusedException(
          Errno.ENFILE,
          ("the broker has %d sessions, not counting those of administrators; end some, or raise"
                  + " the limit with serve --limit sessions=NUMBER")
              .formatted(environment.limits().of(Resource.SESSIONS)));
    }
    first
        .proxyToFlush()
        .reply(
            0,
            error(
                new RefusedException(
                    Errno.ENFILE,
                    "it had not said hello, and a new session needed its place; the session"
                        + " ends")));
    first.proxyToFlush().close();
    release(first);
  }

  private static Reply.Error error(RefusedException why) {
    return new Reply.Error(Errno.name(why.errno()), why.errno(), why.getMessage(), false);
  }

  /** Notes that a session has said hello, so that it keeps its place. */
  void welcomed(Session session) {
    newcomers.remove(session);
  }

  /** Ends a session and sends it the reason. */
  void end(Session session, RefusedException why) {
    if (!session.isEnded()) {
      ended.onEnded(session.identity().pid(), why.getMessage());
      session
          .proxyToFlush()
          .reply(
              0,
              new Reply.Error(
                  Errno.name(why.errno()),
                  why.errno(),
                  why.getMessage() + "; the session ends",
                  false));
      session.proxyToFlush().close();
      release(session);
    }
  }

  /** A failure here is a bug, but it must not leak the session's other descriptors. */
  private void release(Descriptor descriptor) {
    try {
      if (!descriptor.isUnusedAhead() || !sockets.giveBack(descriptor)) {
        sockets.release(descriptor, RefusedException.ofTransfer(Errno.ECANCELED));
      }
    } catch (RuntimeException e) {
      LOG.error("releasing {} failed", descriptor, e);
    }
  }

  /** Releases everything that a session held in one step (rule 14). Its tokens remain. */
  void release(Session session) {
    if (sessions.remove(session.id()) == null) {
      return;
    }
    newcomers.remove(session);
    if (session.isWelcomed()) {
      session.account().release(Resource.SESSIONS, 1);
    }
    session.end();
    onReleased.accept(session);
    watchers.watch(session, false);
    for (Waiting waiting : new ArrayList<>(session.waiting.values())) {
      switch (waiting) {
        case EventWait wait -> wait.leave();
        case ConnectingOpen open -> open.leave();
        case DeferredReply reply -> reply.leave();
        // They end with their descriptors.
        case Operation _, HeldCall _ -> {}
      }
    }
    for (Descriptor descriptor : new ArrayList<>(session.descriptors.values())) {
      release(descriptor);
    }
    EventObjectHandler.drop(session);
    for (Token token : new ArrayList<>(session.targetedTokens)) {
      tokens.end(token, "its target has ended");
    }
    watchers.happened(Event.What.SESSION_ENDED, session);
  }

  /** Notifies every session that the broker stops. */
  void endAll(String reason) {
    for (Session session : new ArrayList<>(sessions.values())) {
      session.proxyToFlush().event(0, new Event.Stopping(reason));
      release(session);
      session.proxyToFlush().close();
    }
  }
}
