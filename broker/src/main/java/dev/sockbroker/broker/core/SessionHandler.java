package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.function.BiConsumer;

/** Lists and ends sessions: administrators all of them, others those of their own user. */
final class SessionHandler {
  /** Rows of a page, so that it does not keep the loop long. */
  private static final int PAGE_ROWS_MAX = 400;

  /** What a row can take as JSON: 255 characters that are written as 6, and its numbers. */
  private static final int ROW_BYTES_MAX = 2048;

  private final Environment environment;
  private final NavigableMap<Long, Session> sessions;
  private final BiConsumer<Session, RefusedException> end;
  private final int pageRows;

  /**
   * @param end ends a session and tells it why
   */
  SessionHandler(
      Environment environment,
      NavigableMap<Long, Session> sessions,
      BiConsumer<Session, RefusedException> end) {
    this.environment = environment;
    this.sessions = sessions;
    this.end = end;
    int fit = environment.limits().frameBytes() / ROW_BYTES_MAX;
    pageRows = Math.clamp(fit - 1, 1, PAGE_ROWS_MAX);
  }

  void onList(Call call, Request.ListSessions list) {
    long now = environment.timers().nanoTime();
    List<Reply.SessionInfo> rows = new ArrayList<>();
    for (Session session : sessions.tailMap(list.afterSession(), false).values()) {
      if (call.session().maySee(session)) {
        if (rows.size() == pageRows) {
          call.reply(new Reply.Sessions(rows, true));
          return;
        }
        rows.add(session.info(now));
      }
    }
    call.reply(new Reply.Sessions(rows, false));
  }

  /** What another user's session is told apart from is nothing: it seems not to exist. */
  void onEnd(Call call, Request.EndSession request) {
    Session session = sessions.get(request.session());
    if (session == null || !call.session().maySee(session)) {
      throw new RefusedException(Errno.ENOENT, "there is no session " + request.session());
    }
    call.reply(new Reply.Done());
    end.accept(
        session,
        new RefusedException(
            Errno.ECANCELED,
            "it was ended by " + call.session() + " of uid " + call.session().identity().uid()));
  }
}
