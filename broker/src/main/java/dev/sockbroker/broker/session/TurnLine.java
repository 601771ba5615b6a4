package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Identity;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Sessions in line for a turn. The processes take turns, and the sessions of one process share its
 * turns: a process that opens many sessions gets no more of the loop's time than one with a single
 * session.
 */
final class TurnLine {
  private final SequencedMap<Identity, SequencedSet<Rotation.Requests>> processes =
      new LinkedHashMap<>();

  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  boolean contains(Rotation.Requests session) {
    SequencedSet<Rotation.Requests> sessions = processes.get(session.process());
    return sessions != null && sessions.contains(session);
  }

  /** Adds a session. Returns false if it is already in line. */
  boolean add(Rotation.Requests session) {
    boolean added =
        processes.computeIfAbsent(session.process(), _ -> new LinkedHashSet<>()).add(session);
    size += added ? 1 : 0;
    return added;
  }

  /**
   * Removes and returns the session whose turn it is, and moves its process to the end of the line.
   */
  Rotation.Requests removeFirst() {
    Map.Entry<Identity, SequencedSet<Rotation.Requests>> first = processes.pollFirstEntry();
    SequencedSet<Rotation.Requests> sessions = first.getValue();
    Rotation.Requests session = sessions.removeFirst();
    if (!sessions.isEmpty()) {
      processes.put(first.getKey(), sessions);
    }
    size--;
    return session;
  }
}
