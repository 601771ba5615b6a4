package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Permissions;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Right;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One client and all that it holds. */
public final class Session implements Durable {
  private final long id;
  private final Identity identity;
  private final SessionProxy proxy;
  private final Account account;
  private final Turn turn;
  private final Change change;

  /** What it watches; null unless it watches the broker. */
  private WatchFeed feed;

  /** Whether it has ended and nothing is left that it has created. */
  private boolean forgotten;

  final TreeMap<Long, Descriptor> descriptors = new TreeMap<>();
  final Map<Long, EventObject> eventObjects = new HashMap<>();

  /**
   * Waiting operations by request id, in the order in which they began. The client chooses the ids;
   * no choice can make this map slow.
   */
  final Map<Long, Waiting> waiting = new LinkedHashMap<>();

  /** The lines that have lost their turn because this session did not read. */
  final Set<Line> stalled = new LinkedHashSet<>();

  /** Outstanding tokens that only this session can redeem. */
  final Set<Token> targetedTokens = new LinkedHashSet<>();

  private final Set<Notice> notices = new LinkedHashSet<>();

  private String client = "";
  private boolean welcomed;
  private boolean administrator;

  /** Null until it was asked for. */
  private Subject subject;

  /** What the policy allows it; null if it was not asked, or for another policy. */
  private Permissions permissions;

  private Policy permittedBy;
  private Lifetime lifetime = Lifetime.CONNECTION;
  private boolean ended;

  private final long startedNanos;

  /** The time of its last request. */
  private long requestedNanos;

  /** What the broker before this one has sent for requests that come again. */
  final BegunSends begunSends;

  /** Whether something was written to it in this turn. */
  boolean touched;

  Session(
      long id,
      Identity identity,
      SessionProxy proxy,
      Accounts accounts,
      Turn turn,
      Changes changes,
      long nowNanos) {
    this.id = id;
    this.identity = identity;
    this.proxy = proxy;
    this.turn = turn;
    change = changes.of(this);
    begunSends = new BegunSends(change);
    account = accounts.open(toString(), identity, this::onForgotten);
    startedNanos = nowNanos;
    requestedNanos = nowNanos;
    change.note();
  }

  private void onForgotten() {
    forgotten = true;
    change.note();
  }

  @Override
  public Ledger.Kind kind() {
    return Ledger.Kind.SESSION;
  }

  @Override
  public long key() {
    return id;
  }

  @Override
  public Record toWrite(Saving saving) {
    return forgotten ? null : save();
  }

  /** Notes for the ledger that it has changed. */
  Change change() {
    return change;
  }

  WatchFeed feed() {
    return feed;
  }

  /** Sets what it watches, or null. */
  void feed(WatchFeed of) {
    feed = of;
    change.note();
  }

  void onRequest(long nowNanos) {
    requestedNanos = nowNanos;
  }

  Reply.SessionInfo info(long nowNanos) {
    return new Reply.SessionInfo(
        id,
        identity.pid(),
        identity.uid(),
        client,
        welcomed,
        administrator,
        lifetime,
        (nowNanos - startedNanos) / 1_000_000,
        (nowNanos - requestedNanos) / 1_000_000,
        descriptors.size(),
        (int) account.used(Resource.TOKENS),
        waiting.size());
  }

  public long id() {
    return id;
  }

  public Identity identity() {
    return identity;
  }

  /** The account of its limited resources. */
  public Account account() {
    return account;
  }

  public boolean isAdministrator() {
    return administrator;
  }

  /**
   * @param action what only administrators may do, for the message: {@code upgrade}
   * @throws RefusedException EPERM unless this is an administrator's session
   */
  void checkAdministrator(String action) {
    if (!administrator) {
      throw new RefusedException(
          Errno.EPERM, "only administrators may " + action + ": root and the broker's own user");
    }
  }

  /** Who it is for the policy. The first call asks the kernel. */
  public Subject subject() {
    if (subject == null) {
      subject = proxy == null || ended ? Subject.ofUser(identity.uid()) : proxy.subject();
      change.note();
    }
    return subject;
  }

  /** Returns what a policy allows it. */
  Permissions permissions(Policy policy) {
    if (permittedBy != policy) {
      permissions = policy.of(subject());
      permittedBy = policy;
    }
    return permissions;
  }

  /** Whether it is of the same user. */
  boolean isOfUser(Session other) {
    return other.identity.uid() == identity.uid();
  }

  public Lifetime lifetime() {
    return lifetime;
  }

  public boolean isWelcomed() {
    return welcomed;
  }

  public boolean isEnded() {
    return ended;
  }

  String client() {
    return client;
  }

  SessionProxy proxyToFlush() {
    turn.touch(this);
    return proxy;
  }

  boolean isWritable() {
    return !ended && proxy.isWritable();
  }

  void welcome(String name, boolean asAdministrator, Lifetime livesAs) {
    change.note();
    welcomed = true;
    client = name;
    administrator = asAdministrator;
    lifetime = livesAs;
  }

  /** Returns a descriptor of this session if it has the right (rules 11 and 13). */
  Descriptor descriptor(long descriptorId, Right right) {
    Descriptor descriptor = descriptor(descriptorId);
    if (!descriptor.rights.contains(right)) {
      throw new RefusedException(
          Errno.EPERM, "it has no " + right + " right; ask its source for a token with that right");
    }
    return descriptor;
  }

  /** Returns a descriptor of this session, which is in use from now on (rule 74). */
  Descriptor descriptor(long descriptorId) {
    Descriptor descriptor = find(descriptorId);
    descriptor.use();
    return descriptor;
  }

  /** Returns a descriptor of this session without using it. */
  Descriptor find(long descriptorId) {
    Descriptor descriptor = descriptors.get(descriptorId);
    if (descriptor == null) {
      throw new RefusedException(
          Errno.EBADF, "this session has no such descriptor: closed, unknown or another's");
    }
    return descriptor;
  }

  /**
   * Registers a waiting operation under its request id and charges it.
   *
   * @param places how many waiting operations are charged
   * @throws RefusedException if the limit is reached (rule 20) or the id is in use
   */
  void startWaiting(Call call, Waiting it, int places) {
    if (waiting.containsKey(call.requestId())) {
      throw new RefusedException(
          Errno.EINVAL,
          "request id " + call.requestId() + " belongs to an operation that is still waiting");
    }
    account.check(Resource.BUFFERED_BYTES, call.keptBytes());
    account.charge(Resource.WAITING, places);
    account.force(Resource.BUFFERED_BYTES, call.keptBytes());
    waiting.put(call.requestId(), it);
    noteWait(it);
  }

  /** Operations are saved with their sockets, and held calls with their descriptors. */
  private void noteWait(Waiting it) {
    if (it instanceof EventWait || it instanceof ConnectingOpen || it instanceof DeferredReply) {
      change.note();
    }
  }

  /** Registers an operation that waited in another broker. */
  void restoreWaiting(Call call, Waiting it, int places) {
    account.force(Resource.WAITING, places);
    account.force(Resource.BUFFERED_BYTES, call.keptBytes());
    waiting.put(call.requestId(), it);
  }

  void stopWaiting(Call call, int places) {
    noteWait(waiting.remove(call.requestId()));
    account.release(Resource.WAITING, places);
    account.release(Resource.BUFFERED_BYTES, call.keptBytes());
  }

  /** Delivers a notice as soon as the session reads. */
  void notice(Notice notice) {
    if (notices.add(notice)) {
      change.note();
    }
    turn.touch(this);
  }

  void forget(Notice notice) {
    if (notices.remove(notice)) {
      change.note();
    }
  }

  /** Ends a turn: writes its notices after its replies. */
  void tell() {
    while (!notices.isEmpty() && proxy.isWritable()) {
      Notice first = notices.iterator().next();
      notices.remove(first);
      change.note();
      first.deliver(proxy);
    }
  }

  /** Sends what was written. */
  void flush() {
    proxy.flush();
  }

  SavedSession save() {
    return new SavedSession(
        id,
        identity.pid(),
        identity.uid(),
        ended,
        welcomed,
        client,
        administrator,
        lifetime,
        startedNanos,
        requestedNanos,
        eventObjects.values().stream().map(EventObject::saveObject).toList(),
        waiting.values().stream()
            .filter(EventWait.class::isInstance)
            .map(it -> ((EventWait) it).save())
            .toList(),
        notices.stream().map(Notice::save).toList(),
        feed == null ? null : feed.saveFeed(),
        subject == null ? List.of() : List.copyOf(subject.groups()),
        subject == null ? List.of() : subject.units(),
        waiting.values().stream().flatMap(Session::begunAgain).toList(),
        begunSends.save());
  }

  /** What the next broker begins again. */
  private static Stream<SavedSession.Opening> begunAgain(Waiting it) {
    return switch (it) {
      case ConnectingOpen open -> Stream.of(open.save());
      case DeferredReply reply -> Stream.of(reply.save());
      case Operation _, EventWait _, HeldCall _ -> Stream.empty();
    };
  }

  /** Restores what belongs to the session alone. */
  void restore(SavedSession saved) {
    welcomed = saved.welcomed();
    if (!saved.groups().isEmpty()) {
      subject = new Subject(identity.uid(), Set.copyOf(saved.groups()), saved.units());
    }
    client = saved.client();
    administrator = saved.administrator();
    lifetime = saved.lifetime();
    requestedNanos = saved.requestedNanos();
    begunSends.restore(saved.begun());
    ended = saved.ended();
    if (welcomed && !ended) {
      account.force(Resource.SESSIONS, 1);
    }
    for (SavedSession.EventObject it : saved.eventObjects()) {
      eventObjects.put(it.id(), EventObject.restore(it, this));
      account.force(Resource.EVENT_OBJECTS, 1);
    }
  }

  /** Ends the session. What it has created stays charged until it is gone. */
  void end() {
    ended = true;
    change.note();
    notices.clear();
    account.end();
  }

  @Override
  public String toString() {
    return "session " + id + " (pid " + identity.pid() + ")";
  }
}
