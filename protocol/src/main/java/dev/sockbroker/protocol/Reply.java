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
   * @param message a sentence for people, free to change; cut at {@link #MESSAGE_MAX} characters,
   *     for it may repeat a client's own words
   * @param timedOut the operation's own time ended, as opposed to a connection that died of
   *     ETIMEDOUT (rule 24)
   */
  record Error(String error, int errno, String message, boolean timedOut) implements Reply {
    /** The longest message, in characters. */
    public static final int MESSAGE_MAX = 1000;

    public Error {
      if (message != null && message.length() > MESSAGE_MAX) {
        message = message.substring(0, MESSAGE_MAX);
      }
    }
  }

  /** It is done, and there is nothing to tell. */
  record Done() implements Reply {}

  /**
   * The session stands.
   *
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

  /**
   * How much one session may have at a time (rule 20).
   *
   * @param frameBytes the largest frame, in both directions, its length field included
   * @param bufferedBytes of sends that wait to be taken
   * @param ringBytes of shared memory, both directions together
   */
  record Limits(
      int frameBytes,
      int descriptors,
      int tokens,
      int eventObjects,
      int waitingOperations,
      int bufferedBytes,
      int ringBytes) {}

  /**
   * A descriptor of one's own, from open, attach, accept or redeem.
   *
   * @param created open made a new socket, and did not join a named one
   * @param protocol the kernel's number, 6 for TCP
   * @param local null while it has none
   * @param peer null while it has none
   * @param registration the number of the registration that an accepted socket starts with; 0 none
   *     (rule 34)
   * @param ownerUid the user to whom the socket's name belongs; null without a name
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
      long registration,
      Long ownerUid)
      implements Reply {}

  /** The socket's addresses, null where it has none yet. */
  record Addresses(Address local, Address peer) implements Reply {}

  /** How many bytes were taken; left out if all that the request carried were. */
  record Sent(Long count) implements Reply {}

  /**
   * The payload has the bytes. On a stream an empty one is its end; a datagram may be empty.
   *
   * @param from a datagram's sender
   * @param size the datagram's full size, if it did not fit (its rest is gone)
   */
  record Received(Address from, Integer size, ControlData control) implements Reply {
    /** Nothing but the payload. */
    public static final Received BYTES_ONLY = new Received(null, null, null);
  }

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

  /** Every option that can be read, by name, in the order of the broker's table. */
  record Options(Map<String, Object> options) implements Reply {}

  /**
   * The answer to a registration or a cancel.
   *
   * @param number of the new registration, growing per socket (rule 31); 0 after a cancel
   * @param cancelled the number of the registration that a cancel ended; 0 if it ended none
   */
  record Registered(long number, long cancelled) implements Reply {
    /** A registration was made. */
    public Registered(long number) {
      this(number, 0);
    }
  }

  /** What the record had, in the order of {@link NetworkEvent}. */
  record NetworkEvents(List<Occurrence> events) implements Reply {}

  /** An event of the record and its error, 0 for none. */
  record Occurrence(NetworkEvent event, int error) {}

  /** The new event object's id, good in the session that made it. */
  record EventObject(long object) implements Reply {}

  /** Which of the objects that were waited for are set. */
  record Signalled(List<Long> objects) implements Reply {}

  /**
   * The secret for the target, and the socket's kind (rule 2).
   *
   * @param token redeems once; it travels to the target by any means
   * @param id names the token in lists and to administrators, and redeems nothing
   */
  record Duplicated(String token, String id, Family family, SocketType type, int protocol)
      implements Reply {}

  /**
   * A page of the list. It can be empty: the broker looks at some thousands for one page, and they
   * need not match.
   *
   * @param more ask again with {@code afterSocket} and {@code afterDescriptor}
   */
  record Listing(List<DescriptorInfo> rows, boolean more, long afterSocket, long afterDescriptor)
      implements Reply {}

  /**
   * One row: a descriptor; or, with {@code id} 0, a socket that only its retention or a token
   * keeps.
   *
   * @param ownerUid the user to whom the name belongs; null without a name
   * @param session holder
   * @param client the holder's own word for itself, from hello
   * @param queuedIn bytes in the kernel's receive queue; of a listener: connections waiting
   * @param queuedOut bytes not yet acknowledged by the peer
   * @param bytesIn received through this descriptor
   * @param inode joins with the column of ss -e
   * @param exported its raw fd is out (rule 46)
   * @param ringBytes of its ring in each direction, 0 without one
   * @param standby if it stands by, the number of its registration that was replaced; else 0
   * @param unattended a listener with connections in its queue that nobody takes: no accept waits,
   *     nobody is registered for ACCEPT, and no holder has the raw fd
   * @param retainMillis of the name; null without one, {@link Request#FOREVER}
   * @param closesInMillis what is left of the retention; null while anybody holds the socket
   * @param listener the id of the socket that accepted this one; 0 if none did
   */
  record DescriptorInfo(
      long id,
      long socket,
      String name,
      Long ownerUid,
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
      long inode,
      boolean exported,
      int ringBytes,
      long standby,
      boolean unattended,
      Long retainMillis,
      Long closesInMillis,
      long listener) {}

  /** A page of the sessions; {@code more}: ask again, after the id of the last row. */
  record Sessions(List<SessionInfo> rows, boolean more) implements Reply {}

  /**
   * One session.
   *
   * @param welcomed false: it has not said hello yet
   * @param lifetime what ends it
   * @param idleMillis since its last request
   * @param descriptors how many it holds
   * @param tokens how many of its tokens can still be redeemed
   * @param waitingOperations how many of its requests wait
   */
  record SessionInfo(
      long id,
      int pid,
      long uid,
      String client,
      boolean welcomed,
      boolean administrator,
      Lifetime lifetime,
      long ageMillis,
      long idleMillis,
      int descriptors,
      int tokens,
      int waitingOperations) {}

  /** The one registration of a socket; {@code object} is 0 in the message form. */
  record Registration(
      long descriptor, long session, int pid, long object, Set<NetworkEvent> events, long number) {}

  /**
   * A token that was not redeemed yet, without its secret.
   *
   * @param session who made it
   * @param pid the target, or null
   * @param targetSession the target, or null
   * @param uid the target, or null
   * @param expiryMillis from now; null for never
   */
  record TokenInfo(
      String id,
      long session,
      Integer pid,
      Long targetSession,
      Long uid,
      Set<Right> rights,
      Long expiryMillis) {}

  /**
   * Everything about one socket.
   *
   * @param ownerUid the user to whom the name belongs; null without a name
   * @param error the sticky error's name (rule 23), or null
   * @param retainMillis null without a name; {@link Request#FOREVER}
   * @param waitingIn receives and accepts that wait
   * @param waitingOut sends and connects that wait
   * @param holders the first of them, as many as a frame holds
   * @param moreHolders how many there are beyond these
   * @param tokens the first of them, as many as a frame holds
   * @param moreTokens how many there are beyond these
   * @param unattended as in a {@link DescriptorInfo}; {@code closesInMillis} and {@code listener}
   *     too
   */
  record Shown(
      long socket,
      String name,
      Long ownerUid,
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
      int moreHolders,
      List<TokenInfo> tokens,
      int moreTokens,
      Map<String, Object> options,
      boolean unattended,
      Long closesInMillis,
      long listener)
      implements Reply {}

  /**
   * What the broker counts of itself.
   *
   * @param fileDescriptors as /proc/PID/fd counts them
   * @param exports descriptors whose raw fd is out
   * @param ringBytes of shared memory in all
   * @param threads that accept from exported listeners
   */
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
      int fileDescriptors,
      int exports,
      int rings,
      long ringBytes,
      int threads)
      implements Reply {}

  /** Good once, for a connection of the same process. */
  record FdKey(String key) implements Reply {}

  /**
   * The ring is attached.
   *
   * @param bytes of each direction
   * @param receive the socket's bytes go through it; without the right RECV they do not
   * @param send the same for SEND
   */
  record Ring(int bytes, boolean receive, boolean send) implements Reply {}
}
