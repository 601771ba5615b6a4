package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedProcess;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Collects what the saved entities refer to and no table has: sessions that have ended, closed
 * descriptors, and processes.
 */
public final class Saving {
  private final TreeMap<Long, Session> endedSessions = new TreeMap<>();
  private final TreeMap<Long, Descriptor> closedDescriptors = new TreeMap<>();
  private final Map<Processes.Watched, Integer> processes = new LinkedHashMap<>();
  private final boolean single;

  /** Collects for a state that is saved as a whole. */
  public Saving() {
    this(false);
  }

  private Saving(boolean single) {
    this.single = single;
  }

  /**
   * Saves entities one by one. They refer to processes by their numbers, and sockets do not contain
   * operations and streams.
   */
  static Saving single() {
    return new Saving(true);
  }

  /** Forgets what it has collected, to be used again. */
  void clear() {
    endedSessions.clear();
    closedDescriptors.clear();
  }

  boolean isSingle() {
    return single;
  }

  long idOf(Session session) {
    if (session.isEnded()) {
      endedSessions.put(session.id(), session);
    }
    return session.id();
  }

  long idOf(Descriptor descriptor) {
    if (descriptor.isClosed()) {
      closedDescriptors.put(descriptor.id, descriptor);
    }
    return descriptor.id;
  }

  /** Returns the index of a process, or its number. */
  int process(Processes.Watched process) {
    return single
        ? Math.toIntExact(process.number())
        : processes.computeIfAbsent(process, _ -> processes.size());
  }

  Collection<Session> endedSessions() {
    return endedSessions.values();
  }

  Collection<Descriptor> closedDescriptors() {
    return closedDescriptors.values();
  }

  List<SavedProcess> processes() {
    return processes.keySet().stream().map(it -> it.save(this)).toList();
  }
}
