package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Right;
import java.util.List;
import java.util.Set;

/**
 * One session's handle on a socket.
 *
 * @param closed whether it is only needed by a ring that still sends
 * @param exports how often the raw fd was passed through it
 * @param held requests that wait for bytes of its ring, in their order
 * @param ahead whether its connection was accepted ahead
 * @param used whether a request named it, or its stream was connected
 */
public record SavedDescriptor(
    long id,
    long session,
    long socket,
    boolean closed,
    Set<Right> rights,
    long openedNanos,
    long bytesIn,
    long bytesOut,
    int exports,
    List<Held> held,
    @Since(4) boolean ahead,
    @Since(4) boolean used,
    @Since(5) Origin origin) {

  /**
   * @param position in the ring, null if it only waits behind other requests
   */
  public record Held(SavedCall call, Long position) {}
}
