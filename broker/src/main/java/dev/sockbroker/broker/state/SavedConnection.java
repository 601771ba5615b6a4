package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * A client's connection.
 *
 * @param fd null if the session lives on with its process after its connection ended
 * @param pidfd of the client's process, null where the kernel cannot tell
 * @param session 0 if the session has ended and only its last frames are on their way
 * @param input bytes that were received and not handled
 * @param patienceNanos when the rest of a frame, or hello, must have come; null if nothing is owed
 * @param output bytes that the kernel has not taken
 * @param deliveries what depends on the output, in its order
 * @param fdKey the key that was not used for an fd connection, or null
 * @param fdConnection null without one
 * @param full whether there was so much output that the session is not served until its client
 *     reads
 * @param sent how many bytes of what will be written next the client already has
 */
public record SavedConnection(
    Fd fd,
    int pid,
    long uid,
    Fd pidfd,
    long session,
    ByteBuf input,
    Long patienceNanos,
    ByteBuf output,
    List<Delivered> deliveries,
    String fdKey,
    FdConnection fdConnection,
    @Since(2) boolean full,
    @Since(6) int sent) {

  /**
   * @param end the end of its frame, counted from the beginning of the output
   */
  public record Delivered(long end, SavedDelivery delivery) {}

  /**
   * The second connection, which passes fds.
   *
   * @param output bytes that the kernel has not taken
   * @param waiting fds that wait to be passed, in their order
   * @param passed how many of these fds the client already has
   */
  public record FdConnection(Fd fd, ByteBuf output, List<Passing> waiting, @Since(6) int passed) {}

  /** The fds of one reply. */
  public record Passing(long requestId, SavedDelivery delivery) {}
}
