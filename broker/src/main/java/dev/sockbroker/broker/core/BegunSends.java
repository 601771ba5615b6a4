package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedSession;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The sends of a session that a killed broker had begun for requests that come again. Loop thread
 * only.
 */
final class BegunSends {
  /** How many bytes the kernel has taken, by the ids of the requests. */
  private final Map<Long, Long> taken = new TreeMap<>();

  private final Change change;

  /**
   * @param change notes that the session has changed
   */
  BegunSends(Change change) {
    this.change = change;
  }

  void restore(List<SavedSession.Begun> saved) {
    saved.forEach(it -> taken.put(it.requestId(), it.taken()));
  }

  List<SavedSession.Begun> save() {
    return taken.entrySet().stream()
        .map(it -> new SavedSession.Begun(it.getKey(), it.getValue()))
        .toList();
  }

  /**
   * Returns how many bytes of a payload the kernel has, or -1 if its send was not begun. Each byte
   * is counted once.
   *
   * @param length of the payload
   */
  int take(long requestId, int length) {
    Long count = taken.isEmpty() ? null : taken.remove(requestId);
    if (count == null) {
      return -1;
    }
    change.note();
    if (count > length) {
      // The rest is of the request's next part.
      taken.put(requestId, count - length);
    }
    return (int) Math.min(count, length);
  }
}
