package dev.sockbroker.bench;

/**
 * What one series of numbers is about.
 *
 * @param operation of the case: {@code receive}, {@code set}, ...
 * @param size of a message in bytes, of {@link Case#SCALE} the descriptors; 0 where there is none
 * @param connections 0 where there is none
 * @param pipeline messages, or operations, that are on their way at once
 */
public record Subject(
    Case kind, String operation, String lane, int size, int connections, int pipeline) {

  /** The same work in another lane. */
  Subject in(String otherLane) {
    return new Subject(kind, operation, otherLane, size, connections, pipeline);
  }

  /** Whether more is better: else less, of a time. */
  boolean isRate() {
    return kind == Case.THROUGHPUT || pipeline > 1 || connections > 1;
  }
}
