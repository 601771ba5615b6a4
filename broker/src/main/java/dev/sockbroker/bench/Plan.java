package dev.sockbroker.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What is to be measured.
 *
 * @param lanes of workers and proxies, see {@link Lanes}
 * @param sizes of messages in bytes; none: what is usual for the case
 * @param connections at the same time, each
 * @param pipelines messages that are sent before the first answer, each
 * @param descriptors of {@link Case#SCALE}, each
 * @param rounds that count
 * @param millis of each round
 * @param warmUpMillis of the round before them
 * @param socket of a running broker, or null for a private one
 * @param pin whether each process gets a CPU
 */
public record Plan(
    Set<Case> cases,
    List<String> lanes,
    List<Integer> sizes,
    List<Integer> connections,
    List<Integer> pipelines,
    List<Integer> descriptors,
    int rounds,
    long millis,
    long warmUpMillis,
    Path socket,
    boolean pin) {

  /** Sizes for a case. */
  List<Integer> sizesFor(Case kind) {
    if (!sizes.isEmpty()) {
      return sizes;
    }
    return List.of(kind == Case.THROUGHPUT ? 256 << 10 : 64);
  }
}
