package dev.sockbroker.protocol;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the broker answers; the frame's request id says to which request. */
public sealed interface Reply extends Message {
  /**
   * The request was refused and changed nothing.
   *
   * @param error the name, {@code EINVAL}; programs go by it or by the number
   * @param errno the number, 22
   * @param message a sentence for people, free to change
   * @param timedOut the operation's own time ended, as opposed to a connection that died of
   *     ETIMEDOUT (rule 24)
   */
  record Error(String error, int errno, String message, boolean timedOut) implements Reply {}

  record Done() implements Reply {}

  /**
   * @param version the protocol version to use from now on
   * @param session the session's id, never used again
   * @param pid the client's pid as the broker sees it, 0 from another pid namespace
   * @param broker the broker's own version
   */
  record Welcome(
      int version,
      long session,
      int pid,
      long uid,
      boolean administrator,
      String broker,
      Limits limits)
      implements Reply {}

  /** Per session, but {@code frameBytes}: one frame. */
  record Limits(
      int frameBytes,
      int descriptors,
      int tokens,
      int eventObjects,
      int waitingOperations,
      int bufferedBytes) {}

  /**
   * A descriptor of one's own, from open, attach, accept or redeem.
   *
   * @param created a new socket was made, not a named one joined
   * @param registration the number of the registration that an accepted socket starts with; 0 none
   *     (rule 34)
   */
  record Opened(
      long descriptor,
      long socket,
      boolean created,
      Family family,
      SocketType type,
      int protocol,
      Set<Right> rights,
      Address local,
      Address peer,
      int registration)
      implements Reply {}

  record Addresses(Address local, Address peer) implements Reply {}

  /** How many bytes were taken; left out if all that the request carried were. */
  record Sent(Long count) implements Reply {}

  /**
   * The payload has the bytes. On a stream an empty one is its end; a datagram may be empty.
   *
   * @param from a datagram's sender
   * @param size the datagram's full size, if it did not fit (its rest is gone)
   */
  record Received(Address from, Integer size, ControlData control) implements Reply {}

  /**
   * What the kernel said beside the data, for the options that are on (rule 50).
   *
   * @param tos IP_RECVTOS, or the traffic class by IPV6_RECVTCLASS
   * @param ttl IP_RECVTTL, or the hop limit
   * @param destination IP_PKTINFO: the address it was sent to
   * @param interfaceIndex IP_PKTINFO: where it arrived
   * @param timestampNanos SO_TIMESTAMPNS: since 1970
   * @param segmentSize UDP_GRO: the payload is datagrams of this size, the last one maybe shorter
   */
  record ControlData(
      Integer tos,
      Integer ttl,
      String destination,
      Integer interfaceIndex,
      Long timestampNanos,
      Integer segmentSize) {}

  /** The value as the kernel has it: a number, true or false, a text, or an object. */
  record Option(Object value) implements Reply {}

  record Options(Map<String, Object> options) implements Reply {}

  /** The registration's number, growing per socket; 0 when it was cancelled (rule 31). */
  record Registered(int number) implements Reply {}

  /** What the record had, in the order of {@link NetworkEvent}. */
  record NetworkEvents(List<Occurrence> events) implements Reply {}

  /** An event of the record and its error, 0 for none. */
  record Occurrence(NetworkEvent event, int error) {}

  record EventObject(long object) implements Reply {}

  /** Which of the objects that were waited for are set. */
  record Signalled(List<Long> objects) implements Reply {}

  /**
   * The secret for the target, and the socket's kind (rule 2); {@code id} is for listing and
   * revoking.
   */
  record Duplicated(String token, String id, Family family, SocketType type, int protocol)
      implements Reply {}

  /** A page of the list; {@code more}: ask again after the last row. */
  record Listing(List<DescriptorInfo> rows, boolean more) implements Reply {}

  /**
   * One row: a descriptor; or, with {@code id} 0, a socket that only its retention or a token
   * keeps.
   *
   * @param session holder
   * @param client the holder's own word for itself, from hello
   * @param queuedIn bytes in the kernel's receive queue; of a listener: connections waiting
   * @param queuedOut bytes not yet acknowledged by the peer
   * @param bytesIn received through this descriptor
   * @param inode joins with the column of ss -e
   */
  record DescriptorInfo(
      long id,
      long socket,
      String name,
      Family family,
      SocketType type,
      SocketState state,
      Address local,
      Address peer,
      long session,
      int pid,
      long uid,
      String client,
      Set<Right> rights,
      Registration registration,
      long queuedIn,
      long queuedOut,
      long bytesIn,
      long bytesOut,
      long ageMillis,
      long inode) {}

  /** The one registration of a socket; {@code object} is 0 in the message form. */
  record Registration(
      long descriptor, long session, int pid, long object, Set<NetworkEvent> events, int number) {}

  record TokenInfo(
      String id,
      long session,
      Integer pid,
      Long targetSession,
      Long uid,
      Set<Right> rights,
      Long expiryMillis) {}

  record Shown(
      long socket,
      String name,
      Family family,
      SocketType type,
      int protocol,
      SocketState state,
      Address local,
      Address peer,
      boolean blocking,
      String error,
      Long retainMillis,
      Set<Right> joinRights,
      Set<Right> otherRights,
      int waitingIn,
      int waitingOut,
      long ageMillis,
      long inode,
      Registration registration,
      List<DescriptorInfo> holders,
      List<TokenInfo> tokens,
      Map<String, Object> options)
      implements Reply {}

  /** What the broker counts of itself; a test compares it with /proc/PID/fd. */
  record BrokerInfo(
      int pid,
      String version,
      long upMillis,
      int sessions,
      int sockets,
      int descriptors,
      int tokens,
      int eventObjects,
      int registrations,
      int waitingOperations,
      long bufferedBytes,
      int names,
      int watchedProcesses,
      int fileDescriptors)
      implements Reply {}
}
