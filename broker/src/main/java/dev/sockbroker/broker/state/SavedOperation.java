package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Address;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * An operation that waits in the queue of a socket and direction.
 *
 * @param order its place in the queue
 * @param patient whether it may still wait
 * @param deadline null without a time limit
 * @param ownTime whether the limit is the operation's own, not the socket's
 */
public record SavedOperation(
    SavedCall call,
    long descriptor,
    long order,
    boolean patient,
    Deadline deadline,
    boolean ownTime,
    Progress progress) {

  /** How far an operation has come. */
  public sealed interface Progress {}

  /** An accept or a receive, which has done nothing yet. */
  public record None() implements Progress {}

  /**
   * A connect.
   *
   * @param blockedBy the errno if its time ends
   * @param rest the addresses of a host name that are left to try
   */
  public record Connecting(boolean begun, int blockedBy, @Since(5) List<Address> rest)
      implements Progress {}

  /**
   * A send.
   *
   * @param bytes those that the client has sent and the kernel has not taken
   * @param total the length of the whole send
   * @param taken how many bytes the kernel has taken
   * @param asked whether the client was asked for the next part
   * @param starved whether it waits for the next part
   * @param patience the time limit for the next part, or null
   */
  public record Sending(
      ByteBuf bytes, long total, long taken, boolean asked, boolean starved, Deadline patience)
      implements Progress {}
}
