package dev.sockbroker.protocol;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a client asks. Every request gets exactly one reply, {@link Reply.Error} or the one named
 * here ({@link Reply.Done} where none is named); {@link SendMore} alone has none of its own.
 * Requests on one descriptor take effect in the order in which they were sent.
 *
 * <p>Times are milliseconds. An operation's {@code timeoutMillis} says how long it waits itself: 0
 * not at all, {@link #FOREVER}, left out as the socket's blocking mode says (rule 24).
 *
 * <p>Only the form is checked here. What a descriptor, its rights and its state make of a value is
 * the broker's to say, in the contract's order.
 */
public sealed interface Request extends Message {
  /** Waits for ever, where a time is asked for. */
  long FOREVER = -1;

  /** The longest word of a client for itself, in characters. */
  int CLIENT_MAX = 255;

  /**
   * The first request of a session: which versions the client speaks, most wanted first. Replies
   * {@link Reply.Welcome}.
   *
   * @param client the client's word for itself in everybody's list: at most {@link #CLIENT_MAX}
   *     characters, no control characters
   * @param administrator asks for an administrator's session; EPERM for other users than root and
   *     the broker's own
   * @param lifetime left out: {@link Lifetime#CONNECTION}
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

  /** Answered by {@link Reply.Done} when all requests before it were seen. */
  record Ping() implements Request {}

  /**
   * Makes a socket, binds it if {@code bind} is given, lets it listen if {@code backlog} is; or
   * joins the socket that has the name already, if kind and address are as asked (rule 18). {@code
   * options} are set before the bind, in their order. Replies {@link Reply.Opened}.
   *
   * @param retainMillis how long a named socket outlives its last descriptor; {@link #FOREVER}
   *     (rule 19)
   * @param joinRights what the owner's uid gets by joining; left out: all
   * @param otherRights what other users get; left out: none
   * @param joinOthers also joins a socket whose name belongs to another uid
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
      boolean joinOthers)
      implements Request {
    public Open {
      require(family, "family");
      require(type, "type");
    }

    /** One that does not join sockets of other users. */
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

    /** A socket without address, name and options. */
    public static Open of(Family family, SocketType type) {
      return new Open(family, type, 0, null, null, null, null, 0, null, null);
    }

    /** The same, bound to an address. */
    public Open boundTo(Address address) {
      return new Open(
          family,
          type,
          protocol,
          address,
          backlog,
          options,
          name,
          retainMillis,
          joinRights,
          otherRights,
          joinOthers);
    }

    /** The same, listening; a backlog of 0 is a queue of one, null does not listen. */
    public Open listening(Integer length) {
      return new Open(
          family,
          type,
          protocol,
          bind,
          length,
          options,
          name,
          retainMillis,
          joinRights,
          otherRights,
          joinOthers);
    }

    /** The same, with a name and a retention in milliseconds, and the rights of rule 18. */
    public Open named(String text, long millis) {
      return new Open(
          family,
          type,
          protocol,
          bind,
          backlog,
          options,
          text,
          millis,
          joinRights,
          otherRights,
          joinOthers);
    }
  }

  /**
   * Joins the socket of that name; ENOENT if there is none (rule 18). Replies {@link Reply.Opened}.
   *
   * @param joinOthers also if the name belongs to another uid
   */
  record Attach(String name, boolean joinOthers) implements Request {
    /** One that does not join sockets of other users. */
    public Attach(String name) {
      this(name, false);
    }

    public Attach {
      require(name, "name");
    }
  }

  /**
   * Names the socket, or changes its retention and join rights; without {@code name}: takes the
   * name away (rules 18, 19).
   */
  record Name(
      long descriptor,
      String name,
      long retainMillis,
      Set<Right> joinRights,
      Set<Right> otherRights)
      implements Request {
    /** With the join rights of rule 18. */
    public static Name of(long descriptor, String name, long retainMillis) {
      return new Name(descriptor, name, retainMillis, null, null);
    }

    /** Takes the name away. */
    public static Name none(long descriptor) {
      return new Name(descriptor, null, 0, null, null);
    }
  }

  /** bind(2). Replies {@link Reply.Addresses}. */
  record Bind(long descriptor, Address address) implements Request {
    public Bind {
      require(address, "address");
    }
  }

  /** listen(2); {@code backlog} 0 is a queue of one. Replies {@link Reply.Addresses}. */
  record Listen(long descriptor, int backlog) implements Request {}

  /** connect(2). Replies {@link Reply.Addresses}. */
  record Connect(long descriptor, Address address, Long timeoutMillis) implements Request {
    public Connect {
      require(address, "address");
    }
  }

  /** accept(2). Replies {@link Reply.Opened}. */
  record Accept(long descriptor, Long timeoutMillis) implements Request {}

  /**
   * Sends the frame's payload. {@code length}, if given, is more than the payload: the rest follows
   * in {@link SendMore} frames, each asked for by {@link Event.SendReady}, and all of it is one
   * operation. Replies {@link Reply.Sent}.
   */
  record Send(long descriptor, Long length, Address to, boolean oob, Long timeoutMillis)
      implements Request {
    /** To the peer, all in one frame, as long as the socket's blocking mode says. */
    public static Send of(long descriptor) {
      return new Send(descriptor, null, null, false, null);
    }

    /** To the peer, all in one frame; a time of null is as the socket's blocking mode says. */
    public static Send of(long descriptor, Long timeoutMillis) {
      return new Send(descriptor, null, null, false, timeoutMillis);
    }

    /** To the peer; the payload is the first part of {@code length} bytes. */
    public static Send inParts(long descriptor, long length) {
      return new Send(descriptor, length, null, false, null);
    }
  }

  /**
   * The next payload of the {@link Send} that has the same request id. It has no reply of its own.
   */
  record SendMore(long descriptor) implements Request {}

  /**
   * Receives up to {@code length} bytes (left out: 65536), or one datagram. {@code peek} leaves the
   * bytes where they are; {@code oob} takes the urgent byte and never waits. Replies {@link
   * Reply.Received}.
   */
  record Receive(long descriptor, Integer length, Long timeoutMillis, boolean peek, boolean oob)
      implements Request {
    /** Up to 65536 bytes, as long as the socket's blocking mode says. */
    public static Receive of(long descriptor) {
      return new Receive(descriptor, null, null, false, false);
    }

    /** Up to {@code length} bytes (null: 65536), as long as the socket's blocking mode says. */
    public static Receive of(long descriptor, Integer length) {
      return new Receive(descriptor, length, null, false, false);
    }
  }

  /**
   * shutdown(2), of the socket and so for all its holders.
   *
   * @param ringPosition takes effect when so many bytes of the sender's ring have gone to the
   *     kernel (rule 25); left out: at once
   */
  record Shutdown(long descriptor, Direction how, Long ringPosition) implements Request {
    public Shutdown {
      require(how, "how");
    }

    /** Not behind a ring's bytes. */
    public Shutdown(long descriptor, Direction how) {
      this(descriptor, how, null);
    }
  }

  /**
   * Reads an option by the kernel's name; or, with {@code level} and {@code number}, any other one
   * as hexadecimal bytes, at most {@code length} of them. Replies {@link Reply.Option}.
   */
  record GetOption(long descriptor, String option, int level, int number, int length)
      implements Request {
    /** By the kernel's name. */
    public static GetOption named(long descriptor, String option) {
      return new GetOption(descriptor, option, 0, 0, 0);
    }

    /** By number, as at most {@code length} bytes. */
    public static GetOption numbered(long descriptor, int level, int number, int length) {
      return new GetOption(descriptor, null, level, number, length);
    }
  }

  /**
   * Sets an option, named or by number as in {@link GetOption}. Replies {@link Reply.Option}: the
   * value read back.
   *
   * @param ringPosition as in {@link Shutdown}
   */
  record SetOption(
      long descriptor, String option, int level, int number, Object value, Long ringPosition)
      implements Request {
    public SetOption {
      require(value, "value");
    }

    /** By the kernel's name, not behind a ring's bytes. */
    public static SetOption named(long descriptor, String option, Object value) {
      return new SetOption(descriptor, option, 0, 0, value, null);
    }

    /** By number, as hexadecimal bytes, not behind a ring's bytes. */
    public static SetOption numbered(long descriptor, int level, int number, Object value) {
      return new SetOption(descriptor, null, level, number, value, null);
    }

    /** The same behind so many bytes of the sender's ring; null for at once. */
    public SetOption behind(Long position) {
      return new SetOption(descriptor, option, level, number, value, position);
    }
  }

  /** Reads every option that a socket of this kind has. Replies {@link Reply.Options}. */
  record ListOptions(long descriptor) implements Request {}

  /**
   * Message form: each event is one {@link Event.Network} (rules 27-32). Without events it cancels,
   * and names what it cancels by either {@code number} or {@code any}. Replies {@link
   * Reply.Registered}.
   *
   * @param standby to stand by once another descriptor has replaced the registration (rule 51)
   * @param number of a cancel: the descriptor's own registration; else 0
   * @param any of a cancel: any registration of the socket, and those that stand by
   */
  record AsyncSelect(
      long descriptor, Set<NetworkEvent> events, boolean standby, long number, boolean any)
      implements Request {
    public AsyncSelect {
      require(events, "events");
    }

    /** Registers, and does not stand by. */
    public AsyncSelect(long descriptor, Set<NetworkEvent> events) {
      this(descriptor, events, false, 0, false);
    }

    /** Cancels the descriptor's own registration. */
    public static AsyncSelect cancel(long descriptor, long number) {
      return new AsyncSelect(descriptor, Set.of(), false, number, false);
    }

    /** Cancels whichever registration the socket has. */
    public static AsyncSelect cancelAny(long descriptor) {
      return new AsyncSelect(descriptor, Set.of(), false, 0, true);
    }
  }

  /**
   * Event form: events are recorded and {@code object} is signalled (rules 27-32). All else is as
   * with {@link AsyncSelect}. Replies {@link Reply.Registered}.
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

    /** Registers, and does not stand by. */
    public EventSelect(long descriptor, Set<NetworkEvent> events, long object) {
      this(descriptor, events, object, false, 0, false);
    }

    /** Cancels the descriptor's own registration. */
    public static EventSelect cancel(long descriptor, long number) {
      return new EventSelect(descriptor, Set.of(), 0, false, number, false);
    }

    /** Cancels whichever registration the socket has. */
    public static EventSelect cancelAny(long descriptor) {
      return new EventSelect(descriptor, Set.of(), 0, false, 0, true);
    }
  }

  /**
   * Reads and clears the record of the event form; resets {@code object} if it is named (rule 40).
   * Replies {@link Reply.NetworkEvents}.
   */
  record EnumNetworkEvents(long descriptor, long object) implements Request {}

  /**
   * Counts as a receive, accept or send that found nothing, for those who use the raw fd (rule 43).
   */
  record Rearm(long descriptor, Set<NetworkEvent> events) implements Request {
    public Rearm {
      require(events, "events");
    }
  }

  /** Makes an event object, not set. Replies {@link Reply.EventObject}. */
  record CreateEvent() implements Request {}

  record SetEvent(long object) implements Request {}

  record ResetEvent(long object) implements Request {}

  /** Closes an event object and drops the registrations that use it (rule 42). */
  record CloseEvent(long object) implements Request {}

  /**
   * Waits until one ({@code all}: every one) of the session's own objects is set; without a time,
   * for ever. Replies {@link Reply.Signalled}.
   */
  record WaitEvents(List<Long> objects, boolean all, Long timeoutMillis) implements Request {
    public WaitEvents {
      require(objects, "objects");
    }
  }

  /**
   * Makes a token that exactly one target can redeem: a process, a session or a user (rules 2-4).
   * Replies {@link Reply.Duplicated}.
   *
   * @param rights left out: those of the descriptor
   * @param expiryMillis left out: none; required with {@code uid}
   */
  record Duplicate(
      long descriptor, Integer pid, Long session, Long uid, Set<Right> rights, Long expiryMillis)
      implements Request {
    /** For a process, with the descriptor's rights and without expiry. */
    public static Duplicate toPid(long descriptor, int pid) {
      return new Duplicate(descriptor, pid, null, null, null, null);
    }

    /** For a session, with the descriptor's rights and without expiry. */
    public static Duplicate toSession(long descriptor, long session) {
      return new Duplicate(descriptor, null, session, null, null, null);
    }

    /** For a user, with the descriptor's rights; an expiry is still to be given. */
    public static Duplicate toUid(long descriptor, long uid) {
      return new Duplicate(descriptor, null, null, uid, null, null);
    }

    /** The same with these rights. */
    public Duplicate withRights(Set<Right> fewer) {
      return new Duplicate(descriptor, pid, session, uid, fewer, expiryMillis);
    }

    /** The same until a time in milliseconds has passed; null for no such time. */
    public Duplicate expiringIn(Long millis) {
      return new Duplicate(descriptor, pid, session, uid, rights, millis);
    }
  }

  /** Turns a token into a descriptor, once. Replies {@link Reply.Opened}. */
  record Redeem(String token) implements Request {
    public Redeem {
      require(token, "token");
    }
  }

  /** Ends an unredeemed token: its text, or for an administrator its id {@code t7} (rule 9). */
  record RevokeToken(String token) implements Request {
    public RevokeToken {
      require(token, "token");
    }
  }

  /**
   * Takes a descriptor from whoever holds it; for administrators. One whose raw fd is out is ended
   * by a shutdown of the socket, which its other holders feel too: EBUSY while there are any.
   *
   * @param force shuts an exported socket down though others hold it
   */
  record RevokeDescriptor(long descriptor, boolean force) implements Request {
    /** Nobody else is to feel it. */
    public RevokeDescriptor(long descriptor) {
      this(descriptor, false);
    }
  }

  /** Ends a waiting operation of this session with ECANCELED, if it still waits. */
  record Cancel(long request) implements Request {}

  /** Frees the descriptor (rule 12). */
  record Close(long descriptor) implements Request {}

  /** Replies {@link Reply.Addresses}: the remembered ones (rule 22). */
  record GetAddresses(long descriptor) implements Request {}

  /**
   * Lists descriptors, and sockets that nobody holds, by socket and descriptor id; a page at a
   * time. Replies {@link Reply.Listing}, which says where the next page begins.
   *
   * @param pid only what this process holds; the other fields narrow the list in the same way
   * @param listener only connections that this socket accepted
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
    /** The first page of all. */
    public static ListDescriptors all() {
      return new ListDescriptors(0, 0, null, null, null, null, null);
    }

    /** The first page of the socket with that name. */
    public static ListDescriptors named(String name) {
      return new ListDescriptors(0, 0, null, name, null, null, null);
    }

    /** The first page of one socket. */
    public static ListDescriptors ofSocket(long socket) {
      return new ListDescriptors(0, 0, null, null, socket, null, null);
    }
  }

  /**
   * Everything about one socket: {@code s17}, {@code d42} or a name; what reads as an id is one.
   * Replies {@link Reply.Shown}.
   */
  record Show(String id) implements Request {
    public Show {
      require(id, "id");
    }
  }

  /** The broker's own counts. Replies {@link Reply.BrokerInfo}. */
  record ShowBroker() implements Request {}

  /** From now on each {@link Event.Happening} is told to this session, or no longer. */
  record Watch(boolean on) implements Request {}

  /**
   * The sessions whose id is greater than {@code afterSession}: an administrator sees all, others
   * see those of their own user. Replies {@link Reply.Sessions}.
   */
  record ListSessions(long afterSession) implements Request {}

  /** Ends a session that {@link ListSessions} would show, and tells its client why. */
  record EndSession(long session) implements Request {}

  /**
   * Asks for a key by which a second connection becomes this session's fd connection, once. Replies
   * {@link Reply.FdKey}.
   */
  record NewFdKey() implements Request {}

  /**
   * In place of {@link Hello}, the one request of a session's fd connection: from the reply on it
   * carries fds to the client, and nothing else either way.
   */
  record FdHello(String key) implements Request {
    public FdHello {
      require(key, "key");
    }
  }

  /**
   * Gives the socket's own fd out, over the fd connection, before the reply. Needs all rights;
   * EBUSY if it is out in the other mode.
   *
   * @param nonBlocking O_NONBLOCK as the fd has it; false is what plain programs expect
   */
  record Export(long descriptor, boolean nonBlocking) implements Request {}

  /**
   * From now on the stream's bytes go through shared memory, laid out as {@link RingMemory} says;
   * its fd and then the doorbell's come over the fd connection before the reply. Each direction
   * needs its right. Replies {@link Reply.Ring}.
   *
   * @param bytes of each direction; a power of two
   */
  record AttachRing(long descriptor, int bytes) implements Request {}

  /** Ends the ring; what was not taken from it is the next receiver's. */
  record DetachRing(long descriptor) implements Request {}

  private static void require(Object field, String name) {
    if (field == null) {
      throw new InvalidMessageException("the field '" + name + "' is missing");
    }
  }
}
