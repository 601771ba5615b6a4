package dev.sockbroker.system.fuzz;

import dev.sockbroker.protocol.Reply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** What one session has learned from its replies, for later requests. */
final class Known {
  /** More are useless, so the oldest are dropped. */
  private static final int MOST = 200;

  private final Shared shared;
  private final Deque<Long> descriptors = new ArrayDeque<>();
  private final Deque<Long> objects = new ArrayDeque<>();
  private final Deque<Long> sends = new ArrayDeque<>();
  private long session;

  Known(Shared shared) {
    this.shared = shared;
  }

  /** What all actors know about each other. */
  Shared shared() {
    return shared;
  }

  synchronized void learn(Reply reply) {
    switch (reply) {
      case Reply.Welcome it -> {
        session = it.session();
        shared.add(Shared.Kind.SESSION, it.session());
      }
      case Reply.Opened it -> {
        keep(descriptors, it.descriptor());
        shared.add(Shared.Kind.DESCRIPTOR, it.descriptor());
        shared.add(Shared.Kind.SOCKET, it.socket());
      }
      case Reply.EventObject it -> {
        keep(objects, it.object());
        shared.add(Shared.Kind.OBJECT, it.object());
      }
      case Reply.Duplicated it -> {
        shared.add(Shared.Kind.TOKEN, it.token());
        shared.add(Shared.Kind.TOKEN, it.id());
      }
      case Reply.FdKey it -> shared.add(Shared.Kind.KEY, it.key());
      default -> {}
    }
  }

  /** A send that announced more bytes than it sent. */
  synchronized void unfinished(long requestId) {
    keep(sends, requestId);
  }

  synchronized List<Long> descriptors() {
    return new ArrayList<>(descriptors);
  }

  synchronized List<Long> objects() {
    return new ArrayList<>(objects);
  }

  synchronized List<Long> sends() {
    return new ArrayList<>(sends);
  }

  synchronized long session() {
    return session;
  }

  private static void keep(Deque<Long> ids, long id) {
    ids.add(id);
    if (ids.size() > MOST) {
      ids.remove();
    }
  }
}
