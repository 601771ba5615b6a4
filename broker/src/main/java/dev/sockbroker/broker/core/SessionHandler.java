package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.Resource.Level;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * Handles hello and the fd connection, and lists and ends sessions. Administrators see all
 * sessions, others those of their own user.
 */
final class SessionHandler {
  /** The maximum number of rows of a page, so that a page does not occupy the loop for long. */
  private static final int PAGE_ROWS_MAX = 400;

  /** The maximum size of a row as JSON: 255 characters with 6 bytes each, and numbers. */
  private static final int ROW_BYTES_MAX = 2048;

  private final Environment environment;
  private final SessionTable sessions;
  private final Accounts accounts;
  private final Watchers watchers;
  private final Rates rates;
  private final int pageRows;

  SessionHandler(
      Environment environment,
      SessionTable sessions,
      Accounts accounts,
      Watchers watchers,
      Rates rates) {
    this.rates = rates;
    this.environment = environment;
    this.sessions = sessions;
    this.accounts = accounts;
    this.watchers = watchers;
    int fit = environment.limits().frameBytes() / ROW_BYTES_MAX;
    pageRows = Math.clamp(fit - 1, 1, PAGE_ROWS_MAX);
  }

  void onHello(Call call, Request.Hello hello) {
    Session session = call.session();
    if (session.isWelcomed()) {
      throw new RefusedException(Errno.EALREADY, "this session has said hello already");
    }
    if (!hello.versions().contains(Message.VERSION)) {
      turnAway(
          call,
          new RefusedException(
              Errno.EPROTONOSUPPORT, "this broker speaks version " + Message.VERSION + " only"));
      return;
    }
    long uid = session.identity().uid();
    if (hello.administrator() && uid != 0 && uid != environment.ownUid()) {
      throw new RefusedException(
          Errno.EPERM, "only root and the broker's own user can be administrators");
    }
    try {
      rates.count(Rates.What.NEW_SESSIONS, session);
      chargeSession(session.account(), hello.administrator());
    } catch (RefusedException e) {
      turnAway(call, e);
      return;
    }
    sessions.welcomed(session);
    if (environment.terms().policy().isPresent()) {
      // Now, because a process can leave its cgroup.
      session.subject();
    }
    session.welcome(
        hello.client() == null ? "" : hello.client(),
        hello.administrator(),
        hello.lifetime() == null ? Lifetime.CONNECTION : hello.lifetime());
    call.reply(welcome(session, hello.administrator()));
    watchers.happened(Event.What.SESSION_STARTED, session);
  }

  private Reply.Welcome welcome(Session session, boolean administrator) {
    Limits limits = environment.limits();
    return new Reply.Welcome(
        Message.VERSION,
        session.id(),
        session.identity().pid(),
        session.identity().uid(),
        administrator,
        environment.version(),
        new Reply.Limits(
            limits.frameBytes(),
            limits.of(Level.SESSION, Resource.DESCRIPTORS),
            limits.of(Level.SESSION, Resource.TOKENS),
            limits.of(Level.SESSION, Resource.EVENT_OBJECTS),
            limits.of(Level.SESSION, Resource.WAITING),
            limits.of(Level.SESSION, Resource.BUFFERED_BYTES),
            limits.of(Level.SESSION, Resource.RING_BYTES)));
  }

  /**
   * Charges a session. Administrators may exceed the limit, so that they can find the cause of an
   * overload.
   */
  private void chargeSession(Account account, boolean administrator) {
    if (administrator && accounts.used(Resource.SESSIONS) < environment.limits().connections()) {
      account.force(Resource.SESSIONS, 1);
    } else {
      account.charge(Resource.SESSIONS, 1);
    }
  }

  /** Ends a session that is refused at hello. It does not count while it reads the reason. */
  private void turnAway(Call call, RefusedException why) {
    call.refuse(why);
    call.session().proxyToFlush().close();
    sessions.release(call.session());
  }

  void onNewFdKey(Call call) {
    call.reply(new Reply.FdKey(call.session().proxyToFlush().newFdKey()));
  }

  static RefusedException ofAnotherConnection() {
    return new RefusedException(
        Errno.EINVAL,
        "this connection has a session; a stream or an fd connection needs a connection of its"
            + " own");
  }

  void onList(Call call, Request.ListSessions list) {
    long now = environment.timers().nanoTime();
    List<Reply.SessionInfo> rows = new ArrayList<>();
    for (Session session : sessions.after(list.afterSession())) {
      if (Sight.isOf(session, call.session(), environment.terms().policy())) {
        if (rows.size() == pageRows) {
          call.reply(new Reply.Sessions(rows, true));
          return;
        }
        rows.add(session.info(now));
      }
    }
    call.reply(new Reply.Sessions(rows, false));
  }

  /** A policy can show it the sessions of others, but not let it end them. */
  private boolean mayEnd(Session asker, Session session) {
    return asker.isAdministrator()
        || asker.isOfUser(session) && Sight.isOf(session, asker, environment.terms().policy());
  }

  /** Ends a session. A session of another user is reported as unknown. */
  void onEnd(Call call, Request.EndSession request) {
    Session session = sessions.get(request.session());
    if (session == null || !mayEnd(call.session(), session)) {
      throw new RefusedException(Errno.ENOENT, "there is no session " + request.session());
    }
    call.reply(new Reply.Done());
    sessions.end(
        session,
        new RefusedException(
            Errno.ECANCELED,
            "it was ended by " + call.session() + " of uid " + call.session().identity().uid()));
  }
}
