package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.TreeMap;

/** The sessions by their ids: how each begins, and what its end releases. */
final class SessionTable {
  private final Environment environment;
  private final Accounts accounts;
  private final Turn turn;
  private final Watchers watchers;
  private final SocketTable sockets;
  private final TokenTable tokens;
  private final EndedSessions ended;
  private final TreeMap<Long, Session> sessions = new TreeMap<>();
  private final Newcomers newcomers = new Newcomers();
  private long lastId;

  SessionTable(
      Environment environment,
      Accounts accounts,
      Turn turn,
      Watchers watchers,
      SocketTable sockets,
      TokenTable tokens,
      EndedSessions ended) {
    this.environment = environment;
    this.accounts = accounts;
    this.turn = turn;
    this.watchers = watchers;
    this.sockets = sockets;
    this.tokens = tokens;
    this.ended = ended;
  }

  int size() {
    return sessions.size();
  }

  /** Null if there is none, or no longer. */
  Session get(Long id) {
    return sessions.get(id);
  }

  /** Those whose ids are greater, by their ids. */
  Collection<Session> after(long id) {
    return sessions.tailMap(id, false).values();
  }

  /**
   * A client has connected.
   *
   * @throws RefusedException ENFILE if there are too many
   */
  Session begin(Identity identity, SessionProxy proxy) {
    if (sessions.size() >= environment.limits().connections()) {
      makeRoom();
    }
    Session session =
        new Session(++lastId, identity, proxy, accounts, turn, environment.timers().nanoTime());
    sessions.put(session.id(), session);
    newcomers.add(session);
    return session;
  }

  /** A connection that has not said hello keeps no other client out. */
  private void makeRoom() {
    Session first = newcomers.firstToGo();
    if (first == null) {
      throw new RefusedException(
          Errno.ENFILE,
          "the broker has %d sessions, and those of administrators; end some, or raise the limit by serve --limit sessions=NUMBER"
              .formatted(environment.limits().of(Resource.SESSIONS)));
    }
    first
        .proxyToFlush()
        .reply(
            0,
            error(
                new RefusedException(
                    Errno.ENFILE,
                    "it had not said hello, and its place was needed; the session ends")));
    first.proxyToFlush().close();
    release(first);
  }

  private static Reply.Error error(RefusedException why) {
    return new Reply.Error(Errno.name(why.errno()), why.errno(), why.getMessage(), false);
  }

  /** The session has said hello, and nobody takes its place any more. */
  void welcomed(Session session) {
    newcomers.remove(session);
  }

  /** Ends a session and tells it why. */
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

  /** Everything that the session held is released in one step (rule 14). Its tokens stay. */
  void release(Session session) {
    if (sessions.remove(session.id()) == null) {
      return;
    }
    newcomers.remove(session);
    if (session.isWelcomed()) {
      session.account().release(Resource.SESSIONS, 1);
    }
    session.end();
    watchers.watch(session, false);
    for (Waiting waiting : new ArrayList<>(session.waiting.values())) {
      if (waiting instanceof EventWait wait) {
        wait.leave();
      }
    }
    for (Descriptor descriptor : new ArrayList<>(session.descriptors.values())) {
      sockets.release(descriptor, RefusedException.ofTransfer(Errno.ECANCELED));
    }
    EventObjectHandler.drop(session);
    for (Token token : new ArrayList<>(session.targetedTokens)) {
      tokens.end(token, "its target has ended");
    }
    watchers.happened(Event.What.SESSION_ENDED, session);
  }

  /** The broker ends: every session is told. */
  void endAll(String reason) {
    for (Session session : new ArrayList<>(sessions.values())) {
      session.proxyToFlush().event(0, new Event.Stopping(reason));
      release(session);
      session.proxyToFlush().close();
    }
  }
}
