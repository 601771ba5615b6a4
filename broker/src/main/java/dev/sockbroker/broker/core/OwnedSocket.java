package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** A kernel socket with the state that all its descriptors share (rule 22). */
final class OwnedSocket implements Durable {
  private final long id;
  private final KernelSocket kernel;
  private final TransportState transport;
  private final Session maker;
  private final Environment environment;
  private final long openedNanos;
  private final OperationQueue in;
  private final OperationQueue out;

  final TreeMap<Long, Descriptor> descriptors = new TreeMap<>();
  final Set<Token> tokens = new LinkedHashSet<>();
  private final SocketUsers users = new SocketUsers();

  private SocketName name;
  private Timers.Timer retention;
  private boolean blocking = true;
  private final Registrations registrations;
  private int armed;
  private boolean closed;

  /** Whether it is in the table of sockets. One that an open tries to connect is not. */
  private boolean listed;

  private int directoryFds;
  private boolean serving;
  private boolean scheduled;
  private final Exports exports;

  private final Meter meter;
  private long listener;
  private final Lanes lanes;
  private final Retries retries;
  private final Change change;
  private final Runnable retry = this::serveWaiting;

  /**
   * @param maker the session that is charged for the socket as long as it lives
   * @param tally the counts of all sockets
   * @param retries the queue of attempts that the kernel does not wake the broker for
   */
  OwnedSocket(
      long id,
      TransportState transport,
      Session maker,
      Environment environment,
      Tally tally,
      Retries retries,
      Changes changes,
      long openedNanos) {
    this.id = id;
    this.transport = transport;
    change = changes.of(this);
    transport.belongsTo(change);
    this.maker = maker;
    this.openedNanos = openedNanos;
    kernel = transport.kernel();
    this.environment = environment;
    this.retries = retries;
    registrations = new Registrations(tally, change);
    exports = new Exports(this);
    meter = new Meter(tally);
    lanes = new Lanes(this, environment.loop());
    in = new OperationQueue(kernel::receiveTimeoutMillis, () -> false, change, changes);
    out = new OperationQueue(kernel::sendTimeoutMillis, lanes::isDraining, change, changes);
    watchReadiness();
  }

  /**
   * Lets the kernel report readiness to this object. To be called again after somebody else has
   * listened.
   */
  void watchReadiness() {
    kernel.onReady(this::onReady);
  }

  SavedSocket save(Saving saving) {
    return new SavedSocket(
        id,
        saving.idOf(maker),
        openedNanos,
        users.last(),
        directoryFds,
        blocking,
        listener,
        isSendBlocked(),
        transport.save(saving),
        in.lastOrder(),
        save(in, saving),
        out.lastOrder(),
        save(out, saving),
        name == null ? null : name.save(),
        retention == null ? null : (Long) retention.atNanos(),
        lanes.isClosingWhenDrained(),
        exports.count(),
        exports.isNonBlocking(),
        registration() == null ? null : registration().saveRegistration(),
        registrations.standbys().stream().map(Registration::saveRegistration).toList(),
        registrations.last(),
        lanes.saveRings(saving),
        saving.isSingle() ? List.of() : lanes.saveStreams(saving));
  }

  @Override
  public Ledger.Kind kind() {
    return Ledger.Kind.SOCKET;
  }

  @Override
  public long key() {
    return id;
  }

  @Override
  public Record toWrite(Saving saving) {
    return listed ? save(saving) : null;
  }

  /** Sets whether it is in the table of sockets. */
  void listed(boolean on) {
    listed = on;
    change.note();
  }

  /** Notes for the ledger that it has changed. */
  Change change() {
    return change;
  }

  /** Saves the operations of a queue in their order. */
  private List<SavedOperation> save(OperationQueue queue, Saving saving) {
    if (saving.isSingle()) {
      return List.of();
    }
    List<SavedOperation> saved = new ArrayList<>();
    for (Descriptor descriptor : descriptors.values()) {
      for (Operation it = descriptor.line(queue).first(); it != null; it = it.next) {
        saved.add(it.save(saving));
      }
    }
    saved.sort(Comparator.comparingLong(SavedOperation::order));
    return saved;
  }

  /** Restores what concerns neither descriptors nor sessions. */
  void restore(SavedSocket saved) {
    users.restore(saved.lastUser());
    directoryFds = saved.directories();
    account().force(Resource.FILE_DESCRIPTORS, directoryFds);
    blocking = saved.blocking();
    listener = saved.listener();
    in.restore(saved.lastReceive());
    out.restore(saved.lastSend());
    exports.restore(saved);
    if (saved.retryPending()) {
      retryLater();
    }
  }

  long id() {
    return id;
  }

  KernelSocket kernel() {
    return kernel;
  }

  TransportState transport() {
    return transport;
  }

  /** The account that is charged for the socket and for what it keeps. */
  Account account() {
    return maker.account();
  }

  /** The session that opened or accepted it, which may have ended. */
  Session maker() {
    return maker;
  }

  /** The user who opened or accepted it. */
  long makerUid() {
    return maker.identity().uid();
  }

  /** Binds the socket. The directory of a path stays open as long as the socket. */
  void bind(Address address) {
    if (!isInFileSystem(address)) {
      transport.bind(address);
      return;
    }
    account().check(Resource.FILE_DESCRIPTORS, 1);
    transport.bind(address);
    directoryFds++;
    change.note();
    account().force(Resource.FILE_DESCRIPTORS, 1);
  }

  private static boolean isInFileSystem(Address address) {
    String path = address.path();
    return path != null && !path.isEmpty() && path.charAt(0) != '@';
  }

  long openedNanos() {
    return openedNanos;
  }

  /** Whether a session has a descriptor of it. */
  boolean isHeldBy(Session session) {
    return users.holds(session.id());
  }

  /** The users of its descriptors and of the tokens created from them. */
  SocketUsers users() {
    return users;
  }

  Exports exports() {
    return exports;
  }

  /** The lanes through which its bytes go, if a client has attached one. */
  Lanes lanes() {
    return lanes;
  }

  boolean isStream() {
    return kernel.type() == SocketType.STREAM;
  }

  /** The queue of receives and accepts. */
  OperationQueue in() {
    return in;
  }

  /** The queue of sends and connects. */
  OperationQueue out() {
    return out;
  }

  boolean isReceiverWaiting() {
    return in.isWaitedOn();
  }

  boolean isSenderWaiting() {
    return out.isWaitedOn() || lanes.isSendBlocked();
  }

  /** Ends receiving, sending or both for all holders. */
  void shutdown(Direction how) {
    transport.shutdown(how);
    if (how != Direction.RECEIVE) {
      lanes.endSending();
    }
  }

  /** The id of the listener that accepted this socket; 0 if none. */
  long listener() {
    return listener;
  }

  /** Belongs to a listener from now on. */
  void acceptedFrom(OwnedSocket accepting) {
    listener = accepting.id;
    change.note();
    meter.joins(accepting.meter);
  }

  /** Counts what happens on it. */
  Meter meter() {
    return meter;
  }

  /**
   * Whether connections wait and nobody is going to accept them, for the list.
   *
   * @param queued how many connections wait
   */
  boolean isUnattended(long queued) {
    return queued > 0
        && transport.isListening()
        && !isReceiverWaiting()
        && !exports.isHeld()
        && (registration() == null || !registration().selects(NetworkEvent.ACCEPT));
  }

  SocketName name() {
    return name;
  }

  /** The user who owns its name; null without a name. */
  Long ownerUid() {
    return name == null ? null : (Long) name.ownerUid();
  }

  void name(SocketName newName) {
    boolean isOther = newName != null && (name == null || !name.text().equals(newName.text()));
    name = newName;
    change.note();
    if (isOther) {
      meter.named(lanes, exports);
    } else if (newName == null) {
      meter.unnamed();
    }
  }

  /** The timer that closes the socket because nobody holds it; null while somebody does. */
  Timers.Timer retention() {
    return retention;
  }

  void retention(Timers.Timer timer) {
    if (retention != null) {
      retention.cancel();
    }
    if (timer != retention) {
      change.note();
    }
    retention = timer;
  }

  boolean isHeld() {
    return !descriptors.isEmpty() || !tokens.isEmpty();
  }

  boolean isClosed() {
    return closed;
  }

  boolean isBlocking() {
    return blocking;
  }

  /** Sets the blocking mode (rule 32). */
  void blocking(boolean on) {
    if (on && registration() != null) {
      throw new RefusedException(
          Errno.EINVAL,
          "a registered socket stays non-blocking; cancel the registration first (mask 0)");
    }
    blocking = on;
    change.note();
  }

  /** The current registration; null without a registrant. */
  Registration registration() {
    return registrations.current();
  }

  Registrations registrations() {
    return registrations;
  }

  /** Re-enables an event (rule 37). */
  void enable(NetworkEvent event) {
    if (registration() != null) {
      registration().enable(event);
    }
  }

  void enableReceive() {
    enable(NetworkEvent.READ);
    enable(NetworkEvent.OOB);
  }

  private void onReady(int mask) {
    if (closed) {
      return;
    }
    if (transport.isConnecting()) {
      transport.settleConnect();
    }
    if (transport.isListening() && (mask & KernelSocket.HUP) != 0) {
      transport.listenAgain();
    }
    int interest = interest();
    transport.knownReadiness(mask);
    lanes.onReady(mask);
    serveWaiting();
    transport.knownReadiness(0);
    int unwanted = mask & armed & ~interest & ~interest();
    if (unwanted != 0) {
      armed = interest();
      kernel.arm(armed);
    }
  }

  /**
   * Serves the waiting operations and then reports events. Must not be called recursively; code
   * that runs in here calls {@link #serveWaitingLater} instead.
   */
  void serveWaiting() {
    assert environment.onLoop().getAsBoolean();
    assert !serving : "s" + id + " is being served already";
    if (closed) {
      return;
    }
    serving = true;
    try {
      boolean all = in.pump();
      lanes.pump();
      all &= out.pump();
      reportEvents();
      if (!all) {
        serveWaitingLater();
      }
    } finally {
      serving = false;
    }
  }

  /** Schedules {@link #serveWaiting} in a separate task. Repeated calls schedule it only once. */
  void serveWaitingLater() {
    if (!scheduled) {
      scheduled = true;
      environment.loop().execute(this::onTurn);
    }
  }

  private void onTurn() {
    scheduled = false;
    serveWaiting();
  }

  /** Checks the conditions of the enabled events and reports those that hold (rules 36, 38). */
  void reportEvents() {
    if (closed) {
      return;
    }
    assert isRegistrantHolder() : "s" + id + " has a registration that nobody holds";
    reportConditions();
    if (!isStream() && transport.knownError() != 0 && isReceiverWaiting()) {
      // The check has read the error from the kernel, which will no longer wake the broker for it.
      in.pump();
      reportConditions();
    }
    lanes.watch();
    int interest = interest();
    if ((interest & ~armed) != 0) {
      armed |= interest;
      kernel.arm(armed);
    }
  }

  private boolean isRegistrantHolder() {
    Registration current = registrations.current();
    Descriptor registrant = current == null ? null : current.descriptor();
    return registrant == null || descriptors.get(registrant.id) == registrant;
  }

  private void reportConditions() {
    Registration registration = registration();
    if (registration == null || registration.enabled().isEmpty()) {
      return;
    }
    Set<NetworkEvent> wanted = EnumSet.copyOf(registration.enabled());
    Conditions now = new Conditions(this, wanted);
    for (NetworkEvent event : wanted) {
      if (now.holds(event)) {
        registration.report(event, now.error(event));
      }
    }
  }

  /**
   * Returns for which readiness the kernel should wake the broker. The mask is narrowed only after
   * a useless wake-up.
   */
  private int interest() {
    int mask = lanes.interest();
    if (isReceiverWaiting()) {
      mask |= KernelSocket.IN | KernelSocket.RDHUP;
    }
    if (isSenderWaiting() || transport.isConnecting()) {
      mask |= KernelSocket.OUT;
    }
    if (exports.isAny() && transport.isListening()) {
      // A holder of the raw fd can end listening, which the broker must then notice.
      mask |= KernelSocket.RDHUP;
    }
    Registration registration = registration();
    if (registration != null) {
      for (NetworkEvent event : registration.enabled()) {
        mask |=
            switch (event) {
              case READ, CLOSE -> KernelSocket.IN | KernelSocket.RDHUP;
              case ACCEPT -> transport.isListening() ? KernelSocket.IN : 0;
              case OOB -> KernelSocket.PRI;
              case WRITE -> KernelSocket.OUT;
              case CONNECT -> 0;
            };
      }
    }
    return mask;
  }

  /** Whether a datagram socket has just met a full receiver (rule 48). */
  boolean isSendBlocked() {
    return retries.contains(retry);
  }

  /** Schedules a retry, because the kernel will not wake the broker. */
  void retryLater() {
    retries.add(retry);
    change.note();
  }

  /** Removes a descriptor and ends what waited through it (rules 12, 17, 33). */
  void remove(Descriptor descriptor, RefusedException why) {
    descriptors.remove(descriptor.id);
    users.removeHolder(descriptor.session);
    change.note();
    exports.onRemoved(descriptor);
    if (descriptor.lane != null) {
      descriptor.lane.detach();
    }
    registrations.remove(descriptor);
    end(descriptor.line(in), why);
    end(descriptor.line(out), why);
  }

  private static void end(Line line, RefusedException why) {
    while (!line.isEmpty()) {
      if (line.session().isEnded()) {
        line.first().discard();
      } else {
        line.first().refuse(why);
      }
    }
  }

  /** Gives up the kernel socket without closing it. */
  void detach() {
    closed = true;
    change.note();
    meter.closed();
    lanes.onDrained(null);
    retention(null);
    retries.remove(retry);
    kernel.arm(0);
  }

  /**
   * Whether closing can be delayed: the socket does not occupy an address, and no client has its fd
   * or a lane.
   */
  boolean canEndLater() {
    return isStream() && transport.isConnected() && !exports.isAny() && !lanes.isAny();
  }

  void close() {
    detach();
    lanes.close();
    if (exports.isAny() && transport.hasPeer()) {
      // While somebody has the raw fd, a close alone would not reach the peer.
      transport.end();
    }
    transport.close();
    account().release(Resource.FILE_DESCRIPTORS, directoryFds);
    directoryFds = 0;
  }
}
