package dev.sockbroker.protocol;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The broker's reply. The frame's request id identifies the request. */
public sealed interface Reply extends Message {
  /**
   * The request was refused and had no effect.
   *
   * @param error the name, for instance {@code EINVAL}; programs use the name or the number
   * @param errno the number, for instance 22
   * @param message a sentence for people, which may change. It is truncated to {@link #MESSAGE_MAX}
   *     characters, because it may repeat a client's own words.
   * @param timedOut whether the operation's own time ended, as opposed to a connection that failed
   *     with ETIMEDOUT (rule 24)
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

  /** The request succeeded, and there is nothing to report. */
  record Done() implements Reply {}

  /**
   * The session is open.
   *
   * @param version the protocol version to use from now on
   * @param session the session's id, which is never used again
   * @param pid the client's pid as the broker sees it, 0 if it is in another pid namespace
   * @param broker the version of the broker program
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
   * The limits of one session (rule 20).
   *
   * @param frameBytes the largest frame in either direction, including its length field
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
   * A new descriptor from open, attach, accept or redeem.
   *
   * @param created whether open made a new socket instead of joining a named one
   * @param protocol the kernel's number, for instance 6
   * @param local null if it has none yet
   * @param peer null if it has none yet
   * @param registration the number of the registration that an accepted socket starts with; 0
   *     without a registration (rule 34)
   * @param ownerUid the user who owns the socket's name; null if it has no name
   * @param stream the key of the stream that an accept has attached; null without one
   * @param ahead more connections that the accept has taken; null without any
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
      Long ownerUid,
      String stream,
      List<Ahead> ahead)
      implements Reply {
    /** A descriptor without a stream. */
    public Opened(
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
        Long ownerUid) {
      this(
          descriptor,
          socket,
          created,
          family,
          type,
          protocol,
          rights,
          local,
          peer,
          registration,
          ownerUid,
          null,
          null);
    }

    /** The same reply with connections that were accepted ahead. */
    public Opened with(List<Ahead> more) {
      return new Opened(
          descriptor,
          socket,
          created,
          family,
          type,
          protocol,
          rights,
          local,
          peer,
          registration,
          ownerUid,
          stream,
          more);
    }

    /** One of the connections that were accepted ahead, as an accept of its own would return it. */
    public Opened of(Ahead it) {
      return new Opened(
          it.descriptor,
          it.socket,
          created,
          family,
          type,
          protocol,
          rights,
          it.local,
          it.peer,
          it.registration,
          ownerUid,
          it.stream,
          null);
    }
  }

  /**
   * A connection that an accept has taken ahead (rule 74). It has the family, type, protocol and
   * rights of the first. The components are those of {@link Opened}.
   */
  record Ahead(
      long descriptor, long socket, Address local, Address peer, long registration, String stream) {
    /** What such a connection adds to the reply. */
    public static Ahead of(Opened it) {
      return new Ahead(it.descriptor, it.socket, it.local, it.peer, it.registration, it.stream);
    }
  }

  /** The socket's addresses. Each is null if the socket does not have it yet. */
  record Addresses(Address local, Address peer) implements Reply {}

  /** The number of bytes taken. It is left out if all of the request's bytes were taken. */
  record Sent(Long count) implements Reply {}

  /**
   * The bytes are in the payload. On a stream an empty payload means the end; a datagram may be
   * empty.
   *
   * @param from a datagram's sender
   * @param size the datagram's full size, if it did not fit; the remaining bytes are lost
   */
  record Received(Address from, Integer size, ControlData control) implements Reply {
    /** A reply with a payload and nothing else. */
    public static final Received BYTES_ONLY = new Received(null, null, null);
  }

  /**
   * The kernel's control data, for the options that are on (rule 50).
   *
   * @param tos IP_RECVTOS, or the traffic class by IPV6_RECVTCLASS
   * @param ttl IP_RECVTTL, or the hop limit
   * @param destination IP_PKTINFO: the destination address
   * @param interfaceIndex IP_PKTINFO: the receiving interface
   * @param timestampNanos SO_TIMESTAMPNS: since 1970
   * @param segmentSize UDP_GRO: the payload consists of datagrams of this size; the last may be
   *     shorter
   */
  record ControlData(
      Integer tos,
      Integer ttl,
      String destination,
      Integer interfaceIndex,
      Long timestampNanos,
      Integer segmentSize) {}

  /** The kernel's value: a number, a boolean, a string or an object. */
  record Option(Object value) implements Reply {}

  /** Every readable option by name, in the order of the broker's table. */
  record Options(Map<String, Object> options) implements Reply {}

  /**
   * The reply to a registration or a cancel.
   *
   * @param number of the new registration, which increases with each registration of the socket
   *     (rule 31); 0 after a cancel
   * @param cancelled the number of the registration that a cancel ended; 0 if there was none
   */
  record Registered(long number, long cancelled) implements Reply {
    /** The reply to a registration. */
    public Registered(long number) {
      this(number, 0);
    }
  }

  /** The events of the record, in the order of {@link NetworkEvent}. */
  record NetworkEvents(List<Occurrence> events) implements Reply {}

  /** An event of the record and its errno, which is 0 if there was no error. */
  record Occurrence(NetworkEvent event, int error) {}

  /** The new event object's id, valid in the session that made it. */
  record EventObject(long object) implements Reply {}

  /** The awaited objects that are set. */
  record Signalled(List<Long> objects) implements Reply {}

  /**
   * The secret for the target, and the kind of socket (rule 2).
   *
   * @param token can be redeemed once; the program passes it to the target by any means
   * @param id names the token in lists and for administrators, but cannot be redeemed
   */
  record Duplicated(String token, String id, Family family, SocketType type, int protocol)
      implements Reply {}

  /**
   * A page of the list. It can be empty, because the broker checks a few thousand rows for one page
   * and none of them may match.
   *
   * @param more whether to ask again with {@code afterSocket} and {@code afterDescriptor}
   */
  record Listing(List<DescriptorInfo> rows, boolean more, long afterSocket, long afterDescriptor)
      implements Reply {}

  /**
   * One row: a descriptor or, if {@code id} is 0, a socket that only its retention or a token keeps
   * open.
   *
   * @param ownerUid the user who owns the name, or null
   * @param session the holder
   * @param client the holder's name for itself, from hello
   * @param queuedIn bytes in the kernel's receive queue; for a listener, the waiting connections
   * @param queuedOut bytes that the peer has not acknowledged yet
   * @param bytesIn received through this descriptor
   * @param inode matches the column of ss -e
   * @param exported whether its raw fd was exported (rule 46)
   * @param ringBytes of its ring in each direction, 0 if it has none
   * @param standby the number of its replaced registration if it stands by, otherwise 0
   * @param unattended whether this is a listener with queued connections that nobody accepts: no
   *     accept waits, nobody is registered for ACCEPT, and no holder has the raw fd
   * @param retainMillis of the name; null without a name, {@link Request#FOREVER} for no limit
   * @param closesInMillis the remaining retention; null while the socket has a holder
   * @param listener the id of the socket that accepted this one, or 0
   * @param stream whether its bytes go through a stream
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
      long listener,
      boolean stream) {}

  /** A page of the sessions. If {@code more} is true, ask again, after the id of the last row. */
  record Sessions(List<SessionInfo> rows, boolean more) implements Reply {}

  /**
   * One session.
   *
   * @param welcomed false if it has not said hello yet
   * @param lifetime what ends it
   * @param idleMillis since its last request
   * @param descriptors the number that it holds
   * @param tokens the number of its tokens that can still be redeemed
   * @param waitingOperations the number of its requests that wait
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

  /** The only registration of a socket. {@code object} is 0 in the message form. */
  record Registration(
      long descriptor, long session, int pid, long object, Set<NetworkEvent> events, long number) {}

  /**
   * A token that has not been redeemed yet, without its secret.
   *
   * @param session the maker
   * @param pid the target, or null
   * @param targetSession the target, or null
   * @param uid the target, or null
   * @param expiryMillis from now; null if it does not expire
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
   * @param ownerUid the user who owns the name, or null
   * @param error the name of the pending error (rule 23), or null
   * @param retainMillis null without a name; {@link Request#FOREVER} if it has no limit
   * @param waitingIn the number of waiting receives and accepts
   * @param waitingOut the number of waiting sends and connects
   * @param holders as many as fit into a frame
   * @param moreHolders the number of holders that did not fit
   * @param tokens as many as fit into a frame
   * @param moreTokens the number of tokens that did not fit
   * @param unattended as in a {@link DescriptorInfo}, like {@code closesInMillis} and {@code
   *     listener}
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
   * The broker's own counters.
   *
   * @param fileDescriptors the number of entries in /proc/PID/fd
   * @param exports the number of descriptors with an exported raw fd
   * @param ringBytes of shared memory in total
   * @param threads the number of threads that accept from exported listeners or look up host names
   * @param upgrades how often the broker was upgraded since it started
   * @param upgradedMillis when the last upgrade was, since 1970; 0 for never
   * @param pauseMicros how long the last upgrade paused the broker
   * @param streams the number of streams
   * @param holder the process that keeps the files open if the broker is killed; 0 if they close
   * @param recoveredMillis when this process continued for a killed one, since 1970; 0 for never
   * @param recoveryMicros how long that took
   * @param inDoubt how many system calls of the killed one were not in its records
   * @param busyMicros how long the loop has worked since this process began; 0 for clients that do
   *     not see everything, and likewise all that follows
   * @param requests the number of requests since then
   * @param refusals the requests that were refused
   * @param accepts the connections that the broker has accepted for its clients
   * @param bytesIn the bytes that it has received for them, by all lanes but raw fds
   * @param bytesOut the bytes that it has sent for them
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
      int threads,
      int upgrades,
      long upgradedMillis,
      long pauseMicros,
      int streams,
      int holder,
      long recoveredMillis,
      long recoveryMicros,
      int inDoubt,
      long busyMicros,
      long requests,
      long refusals,
      long accepts,
      long bytesIn,
      long bytesOut)
      implements Reply {
    /** Returns a copy without what was counted over time. */
    public BrokerInfo withoutTraffic() {
      return new BrokerInfo(
          pid,
          version,
          upMillis,
          sessions,
          sockets,
          descriptors,
          tokens,
          eventObjects,
          registrations,
          waitingOperations,
          bufferedBytes,
          names,
          watchedProcesses,
          fileDescriptors,
          exports,
          rings,
          ringBytes,
          threads,
          upgrades,
          upgradedMillis,
          pauseMicros,
          streams,
          holder,
          recoveredMillis,
          recoveryMicros,
          inDoubt,
          0,
          0,
          0,
          0,
          0,
          0);
    }
  }

  /**
   * The broker was upgraded, and this is the first reply of the new one.
   *
   * @param from the version of the former broker
   * @param to the version of this broker
   * @param sockets how many it has taken over
   * @param pauseMicros how long nobody served clients
   */
  record Upgraded(String from, String to, int sockets, long pauseMicros) implements Reply {}

  /** A key that works once, for a connection of the same process. */
  record FdKey(String key) implements Reply {}

  /**
   * The ring is attached.
   *
   * @param bytes of each direction
   * @param receive whether received bytes go through it, which needs the right RECV
   * @param send whether sent bytes go through it, which needs the right SEND
   */
  record Ring(int bytes, boolean receive, boolean send) implements Reply {}

  /**
   * The stream is attached and waits for its connection.
   *
   * @param key works once, for a connection of the same process
   * @param receive whether received bytes go through it, which needs the right RECV
   * @param send whether sent bytes go through it, which needs the right SEND
   */
  record Stream(String key, boolean receive, boolean send) implements Reply {}

  /**
   * The configuration was read again.
   *
   * @param errors one line for each error; if there are any, nothing has changed
   * @param notices what applies only after the next start, one line for each
   * @param revoked how many descriptors were taken away
   */
  record Reloaded(List<String> errors, List<String> notices, int revoked) implements Reply {}

  /**
   * What the policy says.
   *
   * @param rule the rule that decides, or the closest one; null without any
   * @param reason why it is refused; null if it is allowed
   */
  record Decision(boolean allowed, String rule, String reason) implements Reply {}

  /**
   * Rules that are for somebody, each with several lines.
   *
   * @param present whether the broker has a policy. Without one everything is allowed
   */
  record Rules(List<String> rules, boolean more, boolean present) implements Reply {}

  /**
   * What is open although the policy would refuse it now.
   *
   * @param afterSocket where the next page begins, with {@code afterDescriptor}
   * @param more whether there may be more; a page can be empty
   */
  record Violations(List<Violation> rows, long afterSocket, long afterDescriptor, boolean more)
      implements Reply {}

  /**
   * What the policy would refuse, and why.
   *
   * @param descriptor 0 for a socket that only a token or a retention keeps; then the session is
   *     the one that has opened it
   */
  record Violation(
      long descriptor, long socket, String name, long session, int pid, long uid, String reason) {}

  /**
   * Named sockets and what went through them.
   *
   * @param afterSocket where the next page begins
   */
  record Names(List<NameInfo> rows, boolean more, long afterSocket) implements Reply {}

  /**
   * A named socket together with the connections that were accepted from it and have no name. What
   * is counted over time begins with the name, or with the broker's process; bytes through raw fds
   * are not counted.
   *
   * @param name null in the row of all other sockets, which has no socket either
   * @param holders 0 if the client may not see them
   * @param connections the accepted ones that are open
   * @param queued the connections that wait to be accepted, or the bytes that wait to be received
   * @param backlog how many connections may wait
   * @param waiting the operations that wait for the socket itself
   * @param streams how many streams the socket and its connections have; likewise rings
   * @param exports how many descriptors on them have the raw fd
   * @param unattended whether connections wait and nobody is going to accept them
   */
  record NameInfo(
      String name,
      long socket,
      Long ownerUid,
      Family family,
      SocketType type,
      SocketState state,
      Address local,
      int holders,
      int connections,
      long accepts,
      long bytesIn,
      long bytesOut,
      long queued,
      int backlog,
      int waiting,
      int streams,
      int rings,
      int exports,
      boolean unattended) {}

  /**
   * A part of a report.
   *
   * @param text of a {@link ReportKind#RECORDING} in Base64
   * @param more whether another part follows
   */
  record ReportPart(String text, boolean more) implements Reply {}
}
