package dev.sockbroker.system.fuzz;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What actors know about each other's sessions, some of which have ended long ago. */
final class Shared {
  /** The kinds of known ids. */
  enum Kind {
    SESSION,
    DESCRIPTOR,
    SOCKET,
    OBJECT,
    TOKEN,
    KEY,
    PID
  }

  private static final int MOST = 300;

  private final Map<Kind, Deque<Object>> known = new EnumMap<>(Kind.class);
  private final Set<Object> spared = ConcurrentHashMap.newKeySet();

  Shared() {
    for (Kind kind : Kind.values()) {
      known.put(kind, new ArrayDeque<>());
    }
  }

  synchronized void add(Kind kind, Object it) {
    Deque<Object> all = known.get(kind);
    all.add(it);
    if (all.size() > MOST) {
      all.remove();
    }
  }

  synchronized List<Object> of(Kind kind) {
    return new ArrayList<>(known.get(kind));
  }

  /** An id of the witness, which no administrator among the actors may touch. */
  void spare(long id) {
    spared.add(id);
  }

  boolean isSpared(long id) {
    return spared.contains(id);
  }
}
