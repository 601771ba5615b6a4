package dev.sockbroker.cli.exec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Maps the sockets to the fd numbers of the program.
 *
 * @param names of the sockets by fd number
 * @param listenNames the sockets that have consecutive numbers from 3, as a socket-activated
 *     program expects
 */
public record FdPlan(SortedMap<Integer, String> names, List<String> listenNames) {
  private static final int FIRST = 3;

  /**
   * @param sockets the names in order
   * @param numbers of the sockets that get a number of their choice
   * @param stdio the socket that becomes stdin and stdout, or null
   * @throws IllegalArgumentException if the plan is impossible, with a complete message
   */
  public static FdPlan of(List<String> sockets, Map<String, Integer> numbers, String stdio) {
    checkKnown(sockets, numbers, stdio);
    FdPlan plan = new FdPlan(new TreeMap<>(), new ArrayList<>());
    for (String name : sockets) {
      if (numbers.containsKey(name)) {
        plan.put(numbers.get(name), name);
      }
      if (name.equals(stdio)) {
        plan.put(0, name);
        plan.put(1, name);
      }
      if (!numbers.containsKey(name) && !name.equals(stdio)) {
        plan.putInRow(name);
      }
    }
    return plan;
  }

  private static void checkKnown(List<String> sockets, Map<String, Integer> numbers, String stdio) {
    if (sockets.isEmpty()) {
      throw new IllegalArgumentException(
          "no socket is given; use --open NAME=SPEC or --attach NAME");
    }
    if (new HashSet<>(sockets).size() < sockets.size()) {
      throw new IllegalArgumentException("a socket is named twice: " + sockets);
    }
    numbers.keySet().forEach(name -> checkKnown(sockets, name));
    checkKnown(sockets, stdio == null ? sockets.getFirst() : stdio);
    if (numbers.containsKey(stdio)) {
      throw new IllegalArgumentException("--fd and --stdio both place '" + stdio + "'");
    }
  }

  /**
   * @throws IllegalArgumentException if no socket has the name
   */
  public static void checkKnown(List<String> sockets, String name) {
    if (!sockets.contains(name)) {
      throw new IllegalArgumentException("neither --open nor --attach names '" + name + "'");
    }
  }

  /**
   * Returns this plan.
   *
   * @param limit the process's limit of open files; all fds are below it
   * @throws IllegalArgumentException if a number is too large
   */
  public FdPlan within(long limit) {
    if (names.lastKey() >= limit) {
      throw new IllegalArgumentException(
          "fd %d (expected: below %d, the limit of open files; see ulimit -n)"
              .formatted(names.lastKey(), limit));
    }
    return this;
  }

  private void put(int number, String name) {
    if (number < 0) {
      throw new IllegalArgumentException("fd " + number + " (expected: >= 0)");
    }
    String other = names.putIfAbsent(number, name);
    if (other != null) {
      throw new IllegalArgumentException(
          "'" + other + "' and '" + name + "' would both be fd " + number);
    }
  }

  private void putInRow(String name) {
    if (name.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "the name '"
              + name
              + "' has a colon, which separates names in LISTEN_FDNAMES; use --fd for it");
    }
    put(FIRST + listenNames.size(), name);
    listenNames.add(name);
  }

  /** The fd number of a socket, or its lowest number if it has two. */
  public int numberOf(String socket) {
    return names.entrySet().stream()
        .filter(it -> it.getValue().equals(socket))
        .mapToInt(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }
}
