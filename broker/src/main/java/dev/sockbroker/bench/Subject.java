package dev.sockbroker.bench;

/**
 * What one series measures.
 *
 * @param operation of the case: {@code receive}, {@code set}, ...
 * @param size of a message in bytes; for {@link Case#SCALE} the number of descriptors; 0 for a case
 *     without messages
 * @param connections 0 for a case without connections
 * @param pipeline the number of messages or operations in progress at once
 */
public record Subject(
    Case kind, String operation, String lane, int size, int connections, int pipeline) {

  /** The same work in another lane. */
  Subject in(String otherLane) {
    return new Subject(kind, operation, otherLane, size, connections, pipeline);
  }

  /** Whether larger figures are better, as for rates but not for times. */
  boolean isRate() {
    return switch (kind) {
      case THROUGHPUT, HTTP, JDBC -> true;
      default -> pipeline > 1 || connections > 1;
    };
  }
}
