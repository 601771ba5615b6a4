package dev.sockbroker.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What to measure.
 *
 * @param lanes of workers and proxies, see {@link Lanes}
 * @param sizes of messages in bytes; if empty, the defaults of the case
 * @param connections the numbers of simultaneous connections; if empty, the defaults of the case
 * @param pipelines the numbers of messages that are sent before the first reply
 * @param descriptors the numbers of descriptors for {@link Case#SCALE}
 * @param rounds that count
 * @param millis of each round
 * @param warmUpMillis of the round before them
 * @param socket of a running broker, or null for a private one
 * @param driver the jar of PostgreSQL's driver, or null without {@link Case#JDBC}
 * @param pin whether each process gets its own CPU
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
    Path driver,
    boolean pin) {

  /** The sizes for a case. */
  List<Integer> sizesFor(Case kind) {
    if (!sizes.isEmpty()) {
      return sizes;
    }
    return List.of(kind == Case.THROUGHPUT ? 256 << 10 : 64);
  }

  /** The numbers of connections for a case. */
  List<Integer> connectionsFor(Case kind) {
    if (!connections.isEmpty()) {
      return connections;
    }
    return switch (kind) {
      case HTTP -> List.of(1, 16, 64, 256);
      case JDBC -> List.of(1, 8, 32);
      default -> List.of(1);
    };
  }
}
