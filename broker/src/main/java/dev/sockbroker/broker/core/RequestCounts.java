package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Request;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often each kind of request was answered or refused since the broker's process began, and with
 * which errors. Loop thread only.
 */
final class RequestCounts {
  /** Bounded: one entry per request class. */
  private final Map<Class<? extends Request>, Kind> kinds = new HashMap<>();

  /** Bounded: the kernel's error numbers are below 4096. */
  private final Map<Integer, Long> errors = new HashMap<>();

  private long denials;
  private long all;
  private long refusals;

  /** The counts of one kind. */
  private static final class Kind {
    private long answered;
    private long refused;
  }

  void answered(Request request) {
    all++;
    kind(request).answered++;
  }

  /**
   * @param byPolicy whether the policy has refused it
   */
  void refused(Request request, int errno, boolean byPolicy) {
    all++;
    refusals++;
    kind(request).refused++;
    errors.merge(errno, 1L, Long::sum);
    denials += byPolicy ? 1 : 0;
  }

  private Kind kind(Request request) {
    return kinds.computeIfAbsent(request.getClass(), _ -> new Kind());
  }

  long all() {
    return all;
  }

  long refusals() {
    return refusals;
  }

  long denials() {
    return denials;
  }

  /** By the name of the kind. */
  Map<String, Measures.Outcomes> kinds() {
    Map<String, Measures.Outcomes> named = new TreeMap<>();
    kinds.forEach(
        (type, it) ->
            named.put(type.getSimpleName(), new Measures.Outcomes(it.answered, it.refused)));
    return named;
  }

  /** By the name of the error. */
  Map<String, Long> errors() {
    Map<String, Long> named = new TreeMap<>();
    errors.forEach((errno, count) -> named.merge(Errno.name(errno), count, Long::sum));
    return named;
  }
}
