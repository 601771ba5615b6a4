package dev.sockbroker.broker.state;

import java.util.List;

/**
 * A ring.
 *
 * @param bytes the size of one direction
 * @param detached whether the client has left it, so that it only sends what is in it
 * @param receive null if it does not receive
 * @param send null if it does not send
 */
public record SavedRing(
    long descriptor,
    int bytes,
    Fd memory,
    Fd doorbell,
    boolean rung,
    boolean detached,
    Receiving receive,
    Sending send) {

  /**
   * The receiving direction. The words in the memory are the client's and the broker's in common.
   *
   * @param offsets from which positions of the ring on which distances to the stream's position
   *     apply
   * @param end 0, or the end that was written
   */
  public record Receiving(
      List<Offset> offsets,
      long tail,
      long head,
      long end,
      long watched,
      boolean serving,
      boolean beforeUrgent) {}

  /** From this position of the ring on, the stream's position is so much higher. */
  public record Offset(long from, long distance) {}

  /** The sending direction. */
  public record Sending(long head, long tail, boolean blocked, boolean draining, boolean ended) {}
}
