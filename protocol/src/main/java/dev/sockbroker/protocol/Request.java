package dev.sockbroker.protocol;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A client's request. Every request gets exactly one reply: {@link Reply.Error} or the reply named
 * in its javadoc, which is {@link Reply.Done} if none is named. Only {@link SendMore} has no reply
 * of its own. Requests on one descriptor take effect in the order in which they were sent.
 *
 * <p>Times are in milliseconds. {@code timeoutMillis} is the time that an operation may wait: 0
 * means not at all, {@link #FOREVER} means no limit, and without it the socket's blocking mode
 * decides (rule 24).
 *
 * <p>These types check only the form. The broker checks values against a descriptor, its rights and
 * its state, in the order that the contract defines.
 */
public sealed interface Request extends Message {
  /** In place of a time, means no limit. */
  long FOREVER = -1;

  /** The longest name of a client for itself, in characters. */
  int CLIENT_MAX = 255;

  /**
   * The first request of a session. The reply is {@link Reply.Welcome}.
   *
   * @param versions the protocol versions that the client speaks, in order of preference
   * @param client the client's name for itself in lists: at most {@link #CLIENT_MAX} characters, no
   *     control characters
   * @param administrator whether to ask for an administrator's session. It is EPERM for users other
   *     than root and the broker's own.
   * @param lifetime the default is {@link Lifetime#CONNECTION}
   */
  record Hello(List<Integer> versions, String client, boolean administrator, Lifetime lifetime)
      implements Request {
    public Hello {
      require(versions, "versions");
      if (client != null
          && (client.length() > CLIENT_MAX || client.chars().anyMatch(Character::isISOControl))) {
        throw new InvalidMessageException(
            "the field 'client' is longer than " + CLIENT_MAX + " characters or not printable");
      }
    }
  }

  /** The reply is {@link Reply.Done}, after the broker has processed all earlier requests. */
  record Ping() implements Request {}

  /**
   * Makes a socket, binds it if there is a {@code bind}, and makes it listen if there is a {@code
   * backlog}. If a socket already has the name, and its kind and address match, the request joins
   * it instead (rule 18). {@code options} are set in their order, before the bind. The reply is
   * {@link Reply.Opened}.
   *
   * <p>With {@code connect} the reply comes when the socket is connected, and no socket remains
   * otherwise. If it is a host name with several addresses, the broker tries one after the other
   * without waiting long for any, and the first that accepts wins (rule 81).
   *
   * @param family may be left out together with {@code connect}: then it is the family of the
   *     address that was reached
   * @param connect an address with a host, which may be a name. If the request joins a socket, it
   *     and {@code bind} are ignored
   * @param timeoutMillis how long connecting may take; the default is no limit, and 0 is EINVAL
   * @param retainMillis how long a named socket outlives its last descriptor and token; {@link
   *     #FOREVER} means no limit (rule 19)
   * @param joinRights the rights of the owner's uid when it joins; the default is all
   * @param otherRights the rights of other users; by default they have none
   * @param joinOthers whether to join a socket whose name belongs to another uid
   */
  record Open(
      Family family,
      SocketType type,
      int protocol,
      Address bind,
      Integer backlog,
      Map<String, Object> options,
      String name,
      long retainMillis,
      Set<Right> joinRights,
      Set<Right> otherRights,
      boolean joinOthers,
      Address connect,
      Long timeoutMillis)
      implements Request {
    public Open {
      if (connect == null) {
        require(family, "family");
      }
      require(type, "type");
    }

    /** An open that does not connect. */
    public Open(
        Family family,
        SocketType type,
        int protocol,
        Address bind,
        Integer backlog,
        Map<String, Object> options,
        String name,
        long retainMillis,
        Set<Right> joinRights,
        Set<Right> otherRights,
        boolean joinOthers) {
      this(
          family,
          type,
          protocol,
          bind,
          backlog,
          options,
          name,
          retainMillis,
          joinRights,
          otherRights,
          joinOthers,
          null,
          null);
    }

    /** An open that does not join sockets of other users. */
    public Open(
        Family family,
        SocketType type,
        int protocol,
        Address bind,
        Integer backlog,
        Map<String, Object> options,
        String name,
        long retainMillis,
        Set<Right> joinRights,
        Set<Right> otherRights) {
      this(
          family,
          type,
          protocol,
          bind,
          backlog,
          options,
          name,
          retainMillis,
          joinRights,
          otherRights,
          false);
    }

    /** A socket without an address, a name or options. */
    public static Open of(Family family, SocketType type) {
      return new Open(family, type, 0, null, null, null, null, 0, null, null);
    }

    /**
     * A socket of a family that is connected to an address.
     *
     * @param family null for the family of the address that is reached
     */
    public static Open of(Family family, SocketType type, Address connect, Long timeoutMillis) {
      return new Open(
          family, type, 0, null, null, null, null, 0, null, null, false, connect, timeoutMillis);
    }

    /** Returns a copy that is bound to an address. */
    public Open boundTo(Address address) {
      return with(address, backlog, name, retainMillis, connect, timeoutMillis);
    }

    /** Returns a copy that listens. A backlog of 0 is a queue of one; null does not listen. */
    public Open listening(Integer length) {
      return with(bind, length, name, retainMillis, connect, timeoutMillis);
    }

    /**
     * Returns a copy with a name and a retention in milliseconds, and the default rights of rule
     * 18.
     */
    public Open named(String text, long millis) {
      return with(bind, backlog, text, millis, connect, timeoutMillis);
    }

    /** Returns a copy that connects. A null time means no limit. */
    public Open connecting(Address to, Long millis) {
      return with(bind, backlog, name, retainMillis, to, millis);
    }

    private Open with(
        Address address, Integer queue, String text, long retention, Address to, Long limit) {
      return new Open(
          family,
          type,
          protocol,
          address,
          queue,
          options,
          text,
          retention,
          joinRights,
          otherRights,
          joinOthers,
          to,
          limit);
    }
  }

  /**
   * Joins the socket with that name (rule 18). ENOENT if no socket has it. The reply is {@link
   * Reply.Opened}.
   *
   * @param joinOthers whether to join a socket whose name belongs to another uid
   */
  record Attach(String name, boolean joinOthers) implements Request {
    /** An attach that does not join sockets of other users. */
    public Attach(String name) {
      this(name, false);
    }

    public Attach {
      require(name, "name");
    }
  }

  /**
   * Names the socket, or changes its retention and join rights. Without {@code name} it removes the
   * name (rules 18 and 19).
   */
  record Name(
      long descriptor,
      String name,
      long retainMillis,
      Set<Right> joinRights,
      Set<Right> otherRights)
      implements Request {
    /** A name with the default join rights of rule 18. */
    public static Name of(long descriptor, String name, long retainMillis) {
      return new Name(descriptor, name, retainMillis, null, null);
    }

    /** Removes the name. */
    public static Name none(long descriptor) {
      return new Name(descriptor, null, 0, null, null);
    }
  }

  /** bind(2). The reply is {@link Reply.Addresses}. */
  record Bind(long descriptor, Address address) implements Request {
    public Bind {
      require(address, "address");
    }
  }

  /** listen(2). A {@code backlog} of 0 is a queue of one. The reply is {@link Reply.Addresses}. */
  record Listen(long descriptor, int backlog) implements Request {}

  /**
   * connect(2). The reply is {@link Reply.Addresses}.
   *
   * @param address the host may be a name (rule 81). Then the request must be able to wait
   */
  record Connect(long descriptor, Address address, Long timeoutMillis) implements Request {
    public Connect {
      require(address, "address");
    }
  }

  /**
   * accept(2). The reply is {@link Reply.Opened}.
   *
   * @param stream whether to attach a stream to each new connection, as {@link AttachStream} does
   * @param ahead how many more connections the reply may carry if they already wait, up to {@value
   *     #AHEAD_MAX} (rule 74)
   */
  record Accept(long descriptor, Long timeoutMillis, boolean stream, int ahead) implements Request {
    /** The most connections that one accept takes ahead. */
    public static final int AHEAD_MAX = 15;

    public Accept {
      if (ahead < 0 || ahead > AHEAD_MAX) {
        throw new InvalidMessageException(
            "ahead is " + ahead + " (expected: 0 to " + AHEAD_MAX + ")");
      }
    }

    /** An accept of one connection without a stream. */
    public Accept(long descriptor, Long timeoutMillis) {
      this(descriptor, timeoutMillis, false, 0);
    }
  }

  /**
   * Sends the frame's payload. If {@code length} is given, it is larger than the payload. {@link
   * SendMore} frames bring the other parts, each after an {@link Event.SendReady}, and all of them
   * are one operation. The reply is {@link Reply.Sent}.
   */
  record Send(long descriptor, Long length, Address to, boolean oob, Long timeoutMillis)
      implements Request {
    /** A send to the peer in one frame that follows the socket's blocking mode. */
    public static Send of(long descriptor) {
      return new Send(descriptor, null, null, false, null);
    }

    /** A send to the peer in one frame. A null time follows the socket's blocking mode. */
    public static Send of(long descriptor, Long timeoutMillis) {
      return new Send(descriptor, null, null, false, timeoutMillis);
    }

    /** A send to the peer. The payload is the first part of {@code length} bytes. */
    public static Send inParts(long descriptor, long length) {
      return new Send(descriptor, length, null, false, null);
    }
  }

  /** The next part of the {@link Send} with the same request id. It has no reply of its own. */
  record SendMore(long descriptor) implements Request {}

  /**
   * Receives up to {@code length} bytes (65536 by default), or one datagram. {@code peek} leaves
   * the bytes in the socket. {@code oob} takes the urgent byte and never waits. The reply is {@link
   * Reply.Received}.
   */
  record Receive(long descriptor, Integer length, Long timeoutMillis, boolean peek, boolean oob)
      implements Request {
    /** A receive of up to 65536 bytes that follows the socket's blocking mode. */
    public static Receive of(long descriptor) {
      return new Receive(descriptor, null, null, false, false);
    }

    /**
     * A receive of up to {@code length} bytes (null: 65536) that follows the socket's blocking
     * mode.
     */
    public static Receive of(long descriptor, Integer length) {
      return new Receive(descriptor, length, null, false, false);
    }
  }

  /**
   * shutdown(2) of the socket, for all its holders.
   *
   * @param position the request takes effect after that many bytes of the sender's ring or stream
   *     have reached the kernel (rule 25); without it, at once
   */
  record Shutdown(long descriptor, Direction how, Long position) implements Request {
    public Shutdown {
      require(how, "how");
    }

    /** A shutdown that does not wait for bytes of a ring or stream. */
    public Shutdown(long descriptor, Direction how) {
      this(descriptor, how, null);
    }
  }

  /**
   * Reads an option by the kernel's name. With {@code level} and {@code number} it reads any other
   * option as hexadecimal bytes, at most {@code length} of them. The reply is {@link Reply.Option}.
   */
  record GetOption(long descriptor, String option, int level, int number, int length)
      implements Request {
    /** Reads an option by the kernel's name. */
    public static GetOption named(long descriptor, String option) {
      return new GetOption(descriptor, option, 0, 0, 0);
    }

    /** Reads an option by number, as at most {@code length} bytes. */
    public static GetOption numbered(long descriptor, int level, int number, int length) {
      return new GetOption(descriptor, null, level, number, length);
    }
  }

  /**
   * Sets an option by name or by number, as in {@link GetOption}. The reply is {@link Reply.Option}
   * with the value that the kernel reports afterwards.
   *
   * @param position as in {@link Shutdown}
   */
  record SetOption(
      long descriptor, String option, int level, int number, Object value, Long position)
      implements Request {
    public SetOption {
      require(value, "value");
    }

    /** Sets an option by the kernel's name, without waiting for bytes of a ring or stream. */
    public static SetOption named(long descriptor, String option, Object value) {
      return new SetOption(descriptor, option, 0, 0, value, null);
    }

    /** Sets an option by number, as hexadecimal bytes, at once. */
    public static SetOption numbered(long descriptor, int level, int number, Object value) {
      return new SetOption(descriptor, null, level, number, value, null);
    }

    /**
     * Returns a copy that takes effect after that many bytes of the sender's ring or stream; null
     * means at once.
     */
    public SetOption behind(Long bytes) {
      return new SetOption(descriptor, option, level, number, value, bytes);
    }
  }

  /** Reads every option of this kind of socket. The reply is {@link Reply.Options}. */
  record ListOptions(long descriptor) implements Request {}

  /**
   * Message form: each event is one {@link Event.Network} (rules 27-32). Without events it is a
   * cancel, which names its target by either {@code number} or {@code any}. The reply is {@link
   * Reply.Registered}.
   *
   * @param standby whether to stand by after another descriptor has replaced the registration (rule
   *     51)
   * @param number in a cancel: the descriptor's own registration; otherwise 0
   * @param any in a cancel: whether to cancel any registration of the socket and all that stand by
   */
  record AsyncSelect(
      long descriptor, Set<NetworkEvent> events, boolean standby, long number, boolean any)
      implements Request {
    public AsyncSelect {
      require(events, "events");
    }

    /** A registration that does not stand by. */
    public AsyncSelect(long descriptor, Set<NetworkEvent> events) {
      this(descriptor, events, false, 0, false);
    }

    /** Cancels the descriptor's own registration. */
    public static AsyncSelect cancel(long descriptor, long number) {
      return new AsyncSelect(descriptor, Set.of(), false, number, false);
    }

    /** Cancels any registration of the socket and all that stand by. */
    public static AsyncSelect cancelAny(long descriptor) {
      return new AsyncSelect(descriptor, Set.of(), false, 0, true);
    }
  }

  /**
   * Event form: events are recorded and {@code object} is set (rules 27-32). Everything else is as
   * in {@link AsyncSelect}. The reply is {@link Reply.Registered}.
   */
  record EventSelect(
      long descriptor,
      Set<NetworkEvent> events,
      long object,
      boolean standby,
      long number,
      boolean any)
      implements Request {
    public EventSelect {
      require(events, "events");
    }

    /** A registration that does not stand by. */
    public EventSelect(long descriptor, Set<NetworkEvent> events, long object) {
      this(descriptor, events, object, false, 0, false);
    }

    /** Cancels the descriptor's own registration. */
    public static EventSelect cancel(long descriptor, long number) {
      return new EventSelect(descriptor, Set.of(), 0, false, number, false);
    }

    /** Cancels any registration of the socket and all that stand by. */
    public static EventSelect cancelAny(long descriptor) {
      return new EventSelect(descriptor, Set.of(), 0, false, 0, true);
    }
  }

  /**
   * Reads and clears the record of the event form, and resets {@code object} if it is given (rule
   * 40). The reply is {@link Reply.NetworkEvents}.
   */
  record EnumNetworkEvents(long descriptor, long object) implements Request {}

  /**
   * Re-enables events as if a receive, accept or send had found nothing, for users of the raw fd
   * (rule 43).
   */
  record Rearm(long descriptor, Set<NetworkEvent> events) implements Request {
    public Rearm {
      require(events, "events");
    }
  }

  /** Makes an event object, which is not set at first. The reply is {@link Reply.EventObject}. */
  record CreateEvent() implements Request {}

  record SetEvent(long object) implements Request {}

  record ResetEvent(long object) implements Request {}

  /** Closes an event object and drops the registrations that use it (rule 42). */
  record CloseEvent(long object) implements Request {}

  /**
   * Waits until one of the session's own objects is set, or all of them if {@code all} is true.
   * Without a time there is no limit. The reply is {@link Reply.Signalled}.
   */
  record WaitEvents(List<Long> objects, boolean all, Long timeoutMillis) implements Request {
    public WaitEvents {
      require(objects, "objects");
    }
  }

  /**
   * Makes a token that only one target can redeem: a process, a session or a user (rules 2-4). The
   * reply is {@link Reply.Duplicated}.
   *
   * @param rights the default is the descriptor's rights
   * @param expiryMillis the default is no expiry; required with {@code uid}
   */
  record Duplicate(
      long descriptor, Integer pid, Long session, Long uid, Set<Right> rights, Long expiryMillis)
      implements Request {
    /** A token for a process, with the descriptor's rights and no expiry. */
    public static Duplicate toPid(long descriptor, int pid) {
      return new Duplicate(descriptor, pid, null, null, null, null);
    }

    /** A token for a session, with the descriptor's rights and no expiry. */
    public static Duplicate toSession(long descriptor, long session) {
      return new Duplicate(descriptor, null, session, null, null, null);
    }

    /** A token for a user, with the descriptor's rights. The caller must still set an expiry. */
    public static Duplicate toUid(long descriptor, long uid) {
      return new Duplicate(descriptor, null, null, uid, null, null);
    }

    /** Returns a copy with these rights. */
    public Duplicate withRights(Set<Right> fewer) {
      return new Duplicate(descriptor, pid, session, uid, fewer, expiryMillis);
    }

    /** Returns a copy that expires after a time in milliseconds; null means no expiry. */
    public Duplicate expiringIn(Long millis) {
      return new Duplicate(descriptor, pid, session, uid, rights, millis);
    }
  }

  /** Turns a token into a descriptor, once. The reply is {@link Reply.Opened}. */
  record Redeem(String token) implements Request {
    public Redeem {
      require(token, "token");
    }
  }

  /**
   * Ends an unredeemed token, given by its text or, for administrators, its id {@code t7} (rule 9).
   */
  record RevokeToken(String token) implements Request {
    public RevokeToken {
      require(token, "token");
    }
  }

  /**
   * Takes a descriptor away from its holder. Only administrators may do this. If its raw fd was
   * exported, this shuts down the socket, which also affects other holders; if there are any, it is
   * EBUSY.
   *
   * @param force whether to shut down an exported socket even if others hold it
   */
  record RevokeDescriptor(long descriptor, boolean force) implements Request {
    /** A revocation that does not affect other holders. */
    public RevokeDescriptor(long descriptor) {
      this(descriptor, false);
    }
  }

  /**
   * Ends a waiting operation of this session with ECANCELED. It has no effect if the operation no
   * longer waits.
   */
  record Cancel(long request) implements Request {}

  /**
   * Closes the descriptor (rule 12).
   *
   * @param giveBack whether its connection returns to the listener. EINVAL unless it was accepted
   *     ahead and not used since (rule 74)
   */
  record Close(long descriptor, boolean giveBack) implements Request {
    /** A plain close. */
    public Close(long descriptor) {
      this(descriptor, false);
    }
  }

  /** The reply is {@link Reply.Addresses} with the remembered addresses (rule 22). */
  record GetAddresses(long descriptor) implements Request {}

  /**
   * Lists descriptors, and sockets without a holder, in order of socket and descriptor id, one page
   * at a time. The reply is {@link Reply.Listing}, which says where the next page begins.
   *
   * @param pid list only what this process holds; the other fields narrow the list in the same way
   * @param listener list only connections that this socket accepted
   */
  record ListDescriptors(
      long afterSocket,
      long afterDescriptor,
      Integer pid,
      String name,
      Long socket,
      SocketState state,
      Long listener)
      implements Request {
    /** The first page of the whole list. */
    public static ListDescriptors all() {
      return new ListDescriptors(0, 0, null, null, null, null, null);
    }

    /** The first page for the socket with that name. */
    public static ListDescriptors named(String name) {
      return new ListDescriptors(0, 0, null, name, null, null, null);
    }

    /** The first page for one socket. */
    public static ListDescriptors ofSocket(long socket) {
      return new ListDescriptors(0, 0, null, null, socket, null, null);
    }
  }

  /**
   * Returns everything about one socket, given as {@code s17}, {@code d42} or a name. Text that has
   * the form of an id is an id. The reply is {@link Reply.Shown}.
   */
  record Show(String id) implements Request {
    public Show {
      require(id, "id");
    }
  }

  /** Returns the broker's own counters. The reply is {@link Reply.BrokerInfo}. */
  record ShowBroker() implements Request {}

  /** Starts or stops sending each {@link Event.Happening} to this session. */
  record Watch(boolean on) implements Request {}

  /**
   * Lists the sessions whose id is greater than {@code afterSession}. An administrator sees all
   * sessions; others see those of their own user. The reply is {@link Reply.Sessions}.
   */
  record ListSessions(long afterSession) implements Request {}

  /** Ends a session that {@link ListSessions} would show. Its client is told why. */
  record EndSession(long session) implements Request {}

  /**
   * Replaces the broker by the version that is installed now (rules 55 to 67). Administrators only.
   * The new broker replies with {@link Reply.Upgraded}. If it cannot take over, the old one
   * continues and replies with an error.
   *
   * @param pauseMillis how long clients may have to wait before the upgrade is given up, 1 to
   *     {@link #PAUSE_MILLIS_MAX}; the default is {@link #PAUSE_MILLIS_DEFAULT}
   */
  record Upgrade(Long pauseMillis) implements Request {
    public static final long PAUSE_MILLIS_DEFAULT = 3000;
    public static final long PAUSE_MILLIS_MAX = 10_000;

    public Upgrade {
      if (pauseMillis != null && (pauseMillis < 1 || pauseMillis > PAUSE_MILLIS_MAX)) {
        throw new InvalidMessageException(
            Errno.EINVAL,
            "pauseMillis " + pauseMillis + " (expected: 1.." + PAUSE_MILLIS_MAX + ")");
      }
    }
  }

  /**
   * Reads the configuration again (rule 77). Administrators only. The reply is {@link
   * Reply.Reloaded}.
   *
   * @param revoke whether to take away what the new policy forbids
   */
  record Reload(boolean revoke) implements Request {}

  /**
   * Asks what the policy would answer to somebody. Administrators only. The reply is {@link
   * Reply.Decision}.
   *
   * @param groups gids; null for none
   * @param units the systemd unit, and before it the slices that contain it; null for none
   * @param key a key of a rule: {@code listen}
   * @param value one value for it: {@code tcp:*:443}
   */
  record TestPolicy(long uid, List<Long> groups, List<String> units, String key, String value)
      implements Request {
    public TestPolicy {
      require(key, "key");
      require(value, "value");
    }
  }

  /**
   * Asks for the rules that are for somebody. Administrators only. The reply is {@link
   * Reply.Rules}.
   *
   * @param groups as in {@link TestPolicy}; likewise {@code units}
   * @param after how many rules earlier pages had
   */
  record ShowPolicy(long uid, List<Long> groups, List<String> units, int after)
      implements Request {}

  /**
   * Asks what is open although the policy would refuse it now (rule 78). Administrators only. The
   * reply is {@link Reply.Violations}.
   *
   * @param afterSocket of the previous page; 0 for the first one. Likewise {@code afterDescriptor}
   */
  record ListViolations(long afterSocket, long afterDescriptor) implements Request {}

  /**
   * Lists the named sockets with what went through them, and all others together as the last row.
   * The reply is {@link Reply.Names}.
   *
   * @param afterSocket of the previous page; 0 for the first one
   */
  record ListNames(long afterSocket) implements Request {}

  /**
   * Asks for a report, in parts. The first part makes the report, and the others are parts of the
   * same one. Only administrators may ask, and for {@link ReportKind#METRICS} also whoever sees
   * everything. The reply is {@link Reply.ReportPart}.
   *
   * @param offset where the part begins, in characters; 0 makes a new report
   */
  record ReadReport(ReportKind kind, int offset) implements Request {
    public ReadReport {
      require(kind, "kind");
    }
  }

  /**
   * Begins to record what the broker's virtual machine does, for at most a minute. Reading the
   * report {@link ReportKind#RECORDING} ends it. Administrators only; EALREADY if it is being
   * recorded. The reply is {@link Reply.Done}.
   */
  record StartRecording() implements Request {}

  /**
   * Asks for a key that makes a second connection this session's fd connection. It works once. The
   * reply is {@link Reply.FdKey}.
   */
  record NewFdKey() implements Request {}

  /**
   * Replaces {@link Hello} on a session's fd connection and is its only request. After the reply
   * the connection carries only fds to the client.
   */
  record FdHello(String key) implements Request {
    public FdHello {
      require(key, "key");
    }
  }

  /**
   * Sends the socket's own fd over the fd connection, before the reply. It needs all rights. It is
   * EBUSY if the fd was exported in the other mode.
   *
   * @param nonBlocking the fd's O_NONBLOCK; plain programs expect false
   */
  record Export(long descriptor, boolean nonBlocking) implements Request {}

  /**
   * Moves the stream's bytes to shared memory with the layout of {@link RingMemory}. Before the
   * reply, the fd connection brings the memory's fd and then the doorbell's. Each direction needs
   * its right. The reply is {@link Reply.Ring}.
   *
   * @param bytes of each direction; a power of two
   */
  record AttachRing(long descriptor, int bytes) implements Request {}

  /** Ends the ring. Bytes that were not taken from it go to the next receiver. */
  record DetachRing(long descriptor) implements Request {}

  /**
   * Moves the stream's bytes to a connection of their own, without frames. The key in the reply is
   * for a {@link StreamHello}. Each direction needs its right. The reply is {@link Reply.Stream}.
   */
  record AttachStream(long descriptor) implements Request {}

  /**
   * Replaces {@link Hello} on the connection of a stream and is its only request. The connection
   * carries only the stream's bytes afterwards: from the client directly after this frame, to the
   * client after the reply.
   */
  record StreamHello(String key) implements Request {
    public StreamHello {
      require(key, "key");
    }
  }

  /**
   * Ends the stream. On its connection the client reads the bytes that were passed on, and then the
   * end. All others go to the next receiver. Bytes that the client has written are still sent.
   */
  record DetachStream(long descriptor) implements Request {}

  private static void require(Object field, String name) {
    if (field == null) {
      throw new InvalidMessageException("the field '" + name + "' is missing");
    }
  }
}
