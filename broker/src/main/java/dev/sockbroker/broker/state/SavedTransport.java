package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * What the broker remembers of a connection because the kernel reports it only once.
 *
 * @param outcome of the last connect: 0 or an errno; null if there was none or it is in progress
 * @param pendingError an errno, or 0
 * @param received how many bytes or datagrams were received
 * @param returned data whose reply was not delivered, in the order of the positions
 * @param boundTo the address of a bind that was asked for, or null
 * @param connectedTo the address of the last connect, as it was asked for, or null
 * @param reaching the literal of the last connect, or null
 * @param returnedConnections accepted connections whose reply was not delivered
 */
public record SavedTransport(
    SavedKernelSocket kernel,
    Phase phase,
    boolean accepted,
    boolean listening,
    int backlog,
    Integer outcome,
    int pendingError,
    boolean receiveShut,
    boolean sendShut,
    Address local,
    Address peer,
    long received,
    List<Chunk> returned,
    List<SavedTransport> returnedConnections,
    @Since(5) Address boundTo,
    @Since(5) Address connectedTo,
    @Since(5) Address reaching) {

  /** Returns this transport with other data that has returned. */
  public SavedTransport with(long nowReceived, List<Chunk> nowReturned) {
    return new SavedTransport(
        kernel,
        phase,
        accepted,
        listening,
        backlog,
        outcome,
        pendingError,
        receiveShut,
        sendShut,
        local,
        peer,
        nowReceived,
        nowReturned,
        returnedConnections,
        boundTo,
        connectedTo,
        reaching);
  }

  /** The phase of a connection. */
  public enum Phase {
    UNCONNECTED,
    CONNECTING,
    CONNECTED
  }

  /**
   * Data that the next receiver gets.
   *
   * @param session the one that had received it, which is charged
   * @param arrival null on a stream
   * @param ofRing whether it came from a ring
   * @param ofStream whether a stream had no room for it
   */
  public record Chunk(
      long position,
      ByteBuf bytes,
      Arrival arrival,
      long session,
      boolean ofRing,
      @Since(3) boolean ofStream) {}

  /** What was received with a datagram. */
  public record Arrival(Address from, int size, Reply.ControlData control) {}
}
