package dev.sockbroker.client;

import dev.sockbroker.client.Transfers.Mode;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * This process's descriptor of a socket that the broker owns. Other descriptors, here and in other
 * processes, may stand for the same socket: all state but the descriptor itself is common to them
 * (contract, rule 1).
 *
 * <p><b>Two forms.</b> Each call has a blocking form; what can wait has one that answers a {@link
 * CompletableFuture} too, named {@code ...Async}, completed on the executor given to {@link
 * Broker#builder}. A buffer given to either belongs to the library until the call has returned or
 * the future has completed.
 *
 * <p><b>Waiting.</b> A call without a time waits as the socket's blocking mode says (rule 24): on a
 * non-blocking socket, as every registered one is, it throws {@link WouldBlockException} instead. A
 * call with a time waits that long in either mode and then throws {@link
 * java.net.SocketTimeoutException}; with {@link Duration#ZERO} it does not wait and throws {@link
 * WouldBlockException}; {@link Broker#FOREVER} is possible.
 *
 * <p><b>Interrupt and cancelling.</b> An interrupt asks the broker to end what waits there, a
 * receive, send, accept or connect, and nothing else. If bytes or a connection had been taken they
 * are returned with the thread's interrupt flag set, else {@link java.io.InterruptedIOException} is
 * thrown. What the broker answers at once, an option or a registration for one, is not ended by it:
 * it takes effect and returns, with the flag set. {@link CompletableFuture#cancel} asks the same of
 * the broker and answers false: the future completes with what the broker says, data or ECANCELED.
 *
 * <p><b>Errors.</b> {@link BrokerException} says how they look. {@link
 * java.nio.channels.ClosedChannelException} means that this object or its session was closed, and
 * {@link java.nio.channels.AsynchronousCloseException} that it was while the call waited; {@link
 * BrokerGoneException} that the broker is gone.
 *
 * <p>Safe for any thread, virtual ones included. Never to be called in its blocking form on the
 * library's own I/O thread, which only an executor that runs tasks in place makes possible: {@link
 * IllegalStateException}.
 */
public final class SharedSocket implements AutoCloseable {
  private static final Consumer<RegistrationEnd> NOBODY = end -> {};
  private static final Consumer<Promotion> NO_PROMOTION = promotion -> {};

  private final Session session;
  private final Reply.Opened opened;
  private final Transfers transfers;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Consumer<RegistrationEnd> onRegistrationEnd = NOBODY;
  private volatile Consumer<Promotion> onPromotion = NO_PROMOTION;

  /** The number of its own registration, which may stand by; 0 without one. */
  private volatile long registration;

  /** Null without one. */
  private volatile SocketRing ring;

  private volatile boolean ignoresInterrupts;

  SharedSocket(Session session, Reply.Opened opened) {
    this.session = session;
    this.opened = opened;
    transfers = new Transfers(this, session.frameBytesMax());
  }

  // ---- what it is

  /** What the broker said when it gave this descriptor. */
  Reply.Opened opened() {
    return opened;
  }

  /** As {@code java.net} has it: an interrupt ends the waits of virtual threads alone. */
  void ignoreInterrupts() {
    ignoresInterrupts = true;
  }

  boolean isInterruptible() {
    return !ignoresInterrupts || VirtualThreads.isCurrent();
  }

  /** The descriptor's id, {@code d42} in lists; never used again in the broker's life. */
  public long id() {
    return opened.descriptor();
  }

  /** The id of the socket behind it, {@code s17} in lists. */
  public long socketId() {
    return opened.socket();
  }

  /** Whether {@link Broker#open} made a new socket; false if it joined a named one. */
  public boolean isCreated() {
    return opened.created();
  }

  public Family family() {
    return opened.family();
  }

  public SocketType type() {
    return opened.type();
  }

  /** The kernel's number of the protocol, 6 for TCP. */
  public int protocol() {
    return opened.protocol();
  }

  /**
   * The uid to which the socket's name belonged when this descriptor was made; empty without one.
   */
  public OptionalLong ownerUid() {
    Long uid = opened.ownerUid();
    return uid == null ? OptionalLong.empty() : OptionalLong.of(uid);
  }

  /** What this descriptor allows. */
  public Rights rights() {
    return Rights.of(opened.rights());
  }

  /**
   * Where the socket is bound, also after its connection has ended (rule 22); null if it is not.
   */
  public SocketAddress localAddress() throws IOException {
    return Addresses.toJdk(addresses().local());
  }

  /** The peer, also after the connection has ended (rule 22); null if there was none. */
  public SocketAddress remoteAddress() throws IOException {
    return Addresses.toJdk(addresses().peer());
  }

  private Reply.Addresses addresses() throws IOException {
    return call(asking(new Request.GetAddresses(id()), Reply.Addresses.class));
  }

  // ---- bind, listen, connect, accept

  /** bind(2). A Unix path is made absolute; {@code @name} is Linux's abstract namespace. */
  public void bind(SocketAddress address) throws IOException {
    call(plain(new Request.Bind(id(), wire(address))));
  }

  /**
   * listen(2).
   *
   * @param backlog how many connections may wait to be accepted, less one
   */
  public void listen(int backlog) throws IOException {
    call(plain(new Request.Listen(id(), backlog)));
  }

  /** connect(2). A name is looked up here, not in the broker. */
  public void connect(SocketAddress address) throws IOException {
    call(connecting(address, null));
  }

  /**
   * connect(2) with a time. When it is over the attempt goes on (rule 24).
   *
   * @throws java.net.SocketTimeoutException if it has no outcome within that time
   */
  public void connect(SocketAddress address, Duration timeout) throws IOException {
    call(connecting(address, timeout));
  }

  /** An unresolved address is looked up before this returns. */
  public CompletableFuture<Void> connectAsync(SocketAddress address) {
    return connectAsync(address, null);
  }

  /**
   * An unresolved address is looked up before this returns.
   *
   * @param timeout null: as the blocking mode says
   */
  public CompletableFuture<Void> connectAsync(SocketAddress address, Duration timeout) {
    try {
      return callAsync(connecting(address, timeout));
    } catch (UnknownHostException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Operation<Void> connecting(SocketAddress address, Duration timeout)
      throws UnknownHostException {
    return plain(new Request.Connect(id(), wire(address), Timeouts.millisOrNull(timeout)));
  }

  /**
   * accept(2). The new descriptor has the rights of this one. If this session has the listener's
   * registration, the new socket starts with the same one, told to the same callback (rule 34).
   */
  public SharedSocket accept() throws IOException {
    return call(accepting(null));
  }

  /** As {@link #accept()}, waiting that long at most. */
  public SharedSocket accept(Duration timeout) throws IOException {
    return call(accepting(timeout));
  }

  public CompletableFuture<SharedSocket> acceptAsync() {
    return callAsync(accepting(null));
  }

  public CompletableFuture<SharedSocket> acceptAsync(Duration timeout) {
    return callAsync(accepting(timeout));
  }

  private Operation<SharedSocket> accepting(Duration timeout) {
    return new Operation<>(
        new Request.Accept(id(), Timeouts.millisOrNull(timeout)),
        this,
        null,
        (reply, payload) -> {
          SharedSocket accepted = session.onOpened(reply);
          long registration = accepted.opened.registration();
          if (registration != 0) {
            session.events().onInherited(accepted, this, registration);
          }
          return accepted;
        });
  }

  // ---- bytes

  /**
   * Sends the buffer's remaining bytes and moves its position by what was taken. A waiting send
   * ends when all is taken; a time-out, an error or an interrupt after some bytes answers their
   * count (rule 24).
   *
   * @return the bytes taken
   */
  public int send(ByteBuffer from) throws IOException {
    return call(transfers.sending(from, null, false, null));
  }

  /** As {@link #send(ByteBuffer)}, waiting that long at most. */
  public int send(ByteBuffer from, Duration timeout) throws IOException {
    return call(transfers.sending(from, null, false, timeout));
  }

  public CompletableFuture<Integer> sendAsync(ByteBuffer from) {
    return callAsync(transfers.sending(from, null, false, null));
  }

  public CompletableFuture<Integer> sendAsync(ByteBuffer from, Duration timeout) {
    return callAsync(transfers.sending(from, null, false, timeout));
  }

  /** Sends one datagram to an address. */
  public int sendTo(ByteBuffer from, SocketAddress to) throws IOException {
    return call(transfers.sending(from, wire(to), false, null));
  }

  /** Sends urgent data (MSG_OOB): the last of the bytes is the urgent one. */
  public int sendUrgent(ByteBuffer from) throws IOException {
    return call(transfers.sending(from, null, true, null));
  }

  /**
   * Receives into the buffer what is there, or one datagram; what does not fit of a datagram is
   * gone.
   *
   * @return the bytes received; -1 at the end of a stream; 0 for an empty datagram, or if a buffer
   *     without room was given for a stream
   */
  public int receive(ByteBuffer into) throws IOException {
    return receive(into, null);
  }

  /**
   * As {@link #receive(ByteBuffer)}, waiting that long at most.
   *
   * @param timeout null: as the blocking mode says
   */
  public int receive(ByteBuffer into, Duration timeout) throws IOException {
    return hasNoRoom(into) ? 0 : call(transfers.receiving(into, timeout, Mode.TAKE));
  }

  public CompletableFuture<Integer> receiveAsync(ByteBuffer into) {
    return receiveAsync(into, null);
  }

  /**
   * @param timeout null: as the blocking mode says
   */
  public CompletableFuture<Integer> receiveAsync(ByteBuffer into, Duration timeout) {
    return hasNoRoom(into)
        ? CompletableFuture.completedFuture(0)
        : callAsync(transfers.receiving(into, timeout, Mode.TAKE));
  }

  /** A stream answers zero bytes at its end only, so a receive of none must not be asked for. */
  private boolean hasNoRoom(ByteBuffer into) {
    return type() == SocketType.STREAM && !into.hasRemaining();
  }

  /**
   * Receives with all that the kernel says beside the bytes: a datagram's sender and full size.
   *
   * @param length at most this many bytes
   */
  public Received receiveMessage(int length) throws IOException {
    return call(transfers.receivingMessage(length, null, false));
  }

  /** As {@link #receiveMessage(int)}, waiting that long at most. */
  public Received receiveMessage(int length, Duration timeout) throws IOException {
    return call(transfers.receivingMessage(length, timeout, false));
  }

  public CompletableFuture<Received> receiveMessageAsync(int length) {
    return callAsync(transfers.receivingMessage(length, null, false));
  }

  /** As {@link #receive(ByteBuffer)}, and leaves the bytes where they are. */
  public int peek(ByteBuffer into) throws IOException {
    return peek(into, null);
  }

  /**
   * As {@link #receive(ByteBuffer, Duration)}, and leaves the bytes where they are.
   *
   * @param timeout null: as the blocking mode says
   */
  public int peek(ByteBuffer into, Duration timeout) throws IOException {
    return hasNoRoom(into) ? 0 : call(transfers.receiving(into, timeout, Mode.PEEK));
  }

  public CompletableFuture<Integer> peekAsync(ByteBuffer into) {
    return hasNoRoom(into)
        ? CompletableFuture.completedFuture(0)
        : callAsync(transfers.receiving(into, null, Mode.PEEK));
  }

  /** Receives the urgent byte (MSG_OOB). Never waits: EINVAL if there is none. */
  public int receiveUrgent(ByteBuffer into) throws IOException {
    return call(transfers.receiving(into, null, Mode.URGENT));
  }

  /** shutdown(2), of the socket and so for all its holders. */
  public void shutdown(Direction how) throws IOException {
    call(plain(new Request.Shutdown(id(), how, ringPosition())));
  }

  /**
   * Has this connection's bytes go through memory that is shared with the broker, in each direction
   * for which there is a right. Nobody else receives or sends in those directions meanwhile: EBUSY.
   * Needs Netty's native transport on the class path.
   *
   * @param bytes of each direction; a power of two from 4096 to 64 Mi
   * @throws BrokerException ENOTCONN, EBUSY if there is a ring or operations wait, ENOBUFS at a
   *     limit, EOPNOTSUPP for datagrams
   */
  public SocketRing ring(int bytes) throws IOException {
    if (isClosed()) {
      throw new ClosedChannelException();
    }
    SocketRing attached = session.callForFds(() -> SocketRing.attach(session, this, bytes));
    ring = attached;
    // what ended meanwhile knew of no ring
    Throwable lost = session.end();
    if (isClosed()) {
      attached.onSocketClosed();
    } else if (lost != null) {
      attached.onLost(lost);
    }
    return attached;
  }

  /** What takes effect behind the bytes that were written into the ring carries this. */
  private Long ringPosition() {
    SocketRing attached = ring;
    return attached == null ? null : attached.sendPosition();
  }

  void onRingClosed(SocketRing closedRing) {
    if (ring == closedRing) {
      ring = null;
    }
  }

  /** On the thread that reads. */
  void onRingReady() {
    SocketRing attached = ring;
    if (attached != null) {
      attached.onDoorbell();
    }
  }

  /** On the thread that reads: the descriptor is gone, maybe with the session. */
  void onLost(Throwable why) {
    SocketRing attached = ring;
    if (attached != null) {
      attached.onLost(why);
    }
  }

  /**
   * The bytes as a stream. A read waits for ever, also on a non-blocking socket; closing it closes
   * this descriptor.
   */
  public InputStream inputStream() {
    return inputStream(Broker.FOREVER);
  }

  /**
   * The bytes as a stream.
   *
   * @param timeout of each read; then {@link java.net.SocketTimeoutException}
   */
  public InputStream inputStream(Duration timeout) {
    return new SocketInputStream(this, timeout);
  }

  /**
   * A stream to the peer. A write waits until all is taken, also on a non-blocking socket; closing
   * it closes this descriptor.
   */
  public OutputStream outputStream() {
    return outputStream(Broker.FOREVER);
  }

  /**
   * A stream to the peer.
   *
   * @param timeout of each write; then {@link java.net.SocketTimeoutException}, which says how many
   *     bytes were taken
   */
  public OutputStream outputStream(Duration timeout) {
    return new SocketOutputStream(this, timeout);
  }

  // ---- options

  /**
   * Reads an option: every holder reads the same (rule 21). {@link java.net.StandardSocketOptions}
   * and {@code jdk.net.ExtendedSocketOptions} mean what they mean to the JDK.
   */
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return JdkOptions.toJdk(option, getOption(JdkOptions.kernelName(option, family())));
  }

  /**
   * Sets an option for all holders.
   *
   * @return the value read back from the kernel, which may differ: SO_RCVBUF is doubled
   */
  public <T> T setOption(SocketOption<T> option, T value) throws IOException {
    String name = JdkOptions.kernelName(option, family());
    return JdkOptions.toJdk(option, setOption(name, JdkOptions.toWire(option, value, family())));
  }

  /**
   * Reads an option by the kernel's name: {@code TCP_NODELAY}.
   *
   * @return a Long, Boolean, String, List or Map; a number beyond 2^63 - 1, which some counters in
   *     TCP_INFO are, is a BigInteger
   */
  public Object getOption(String name) throws IOException {
    return option(Request.GetOption.named(id(), name));
  }

  /**
   * Sets an option by the kernel's name.
   *
   * @param value a Number, Boolean, String, List or Map
   * @return the value read back from the kernel
   */
  public Object setOption(String name, Object value) throws IOException {
    return option(Request.SetOption.named(id(), name, value).behind(ringPosition()));
  }

  /**
   * As {@link #setOption(String, Object)}, for a caller that does not wait for one before it asks
   * for the next.
   */
  public CompletableFuture<Object> setOptionAsync(String name, Object value) {
    return optionAsync(Request.SetOption.named(id(), name, value).behind(ringPosition()));
  }

  /** As {@link #getOption(String)}. */
  public CompletableFuture<Object> getOptionAsync(String name) {
    return optionAsync(Request.GetOption.named(id(), name));
  }

  /**
   * Reads any other option, as bytes (rule 49).
   *
   * @param level as in getsockopt(2)
   * @param number as in getsockopt(2)
   * @param length at most this many bytes
   */
  public byte[] getOption(int level, int number, int length) throws IOException {
    return bytes(option(Request.GetOption.numbered(id(), level, number, length)));
  }

  /**
   * Sets any other option, as bytes (rule 49).
   *
   * @return the value read back
   */
  public byte[] setOption(int level, int number, byte[] value) throws IOException {
    String hex = HexFormat.of().formatHex(value);
    return bytes(
        option(Request.SetOption.numbered(id(), level, number, hex).behind(ringPosition())));
  }

  /** Every option that this kind of socket has and that can be read, by the kernel's names. */
  public Map<String, Object> options() throws IOException {
    return call(asking(new Request.ListOptions(id()), Reply.Options.class)).options();
  }

  /** Whether operations that cannot proceed wait, for all holders (rule 24). */
  public boolean isBlocking() throws IOException {
    return !Boolean.TRUE.equals(getOption("O_NONBLOCK"));
  }

  /**
   * Sets the blocking mode, for all holders.
   *
   * @throws BrokerException EINVAL if it shall block while a registration stands (rule 32)
   */
  public void setBlocking(boolean blocking) throws IOException {
    setOption("O_NONBLOCK", !blocking);
  }

  private Object option(Request request) throws IOException {
    return call(asking(request, Reply.Option.class)).value();
  }

  private CompletableFuture<Object> optionAsync(Request request) {
    return callAsync(
        new Operation<>(request, this, null, (it, payload) -> ((Reply.Option) it).value()));
  }

  private static byte[] bytes(Object hex) {
    return HexFormat.of().parseHex((String) hex);
  }

  // ---- the one registration

  /**
   * Registers in the message form: each event is told to the callback. Replaces the socket's
   * registration, whoever made it, and makes the socket non-blocking (rules 27-32). What holds
   * already is told at once. An event is told again only after what re-enables it (rule 37): after
   * READ, a receive.
   *
   * <p>Callbacks of one session run on its executor one after the other, in the order in which the
   * broker told. When this has returned, none of an older registration of this descriptor begins.
   *
   * @param events at least one; {@link #cancelSelect} cancels
   * @return the registration's number, growing per socket
   */
  public long asyncSelect(Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback)
      throws IOException {
    return asyncSelect(events, callback, WhenReplaced.END);
  }

  /**
   * Registers in the message form and says what becomes of the registration when another descriptor
   * replaces it. Otherwise as {@link #asyncSelect(Set, Consumer)}. After a promotion the same
   * callback is told, and {@link #onPromotion} before it.
   */
  public long asyncSelect(
      Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback, WhenReplaced whenReplaced)
      throws IOException {
    return call(registering(messages(events, whenReplaced), callback));
  }

  public CompletableFuture<Long> asyncSelectAsync(
      Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback) {
    return asyncSelectAsync(events, callback, WhenReplaced.END);
  }

  public CompletableFuture<Long> asyncSelectAsync(
      Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback, WhenReplaced whenReplaced) {
    return callAsync(registering(messages(events, whenReplaced), callback));
  }

  private Request messages(Set<NetworkEvent> events, WhenReplaced whenReplaced) {
    return new Request.AsyncSelect(id(), some(events), standsBy(whenReplaced), 0, false);
  }

  /**
   * Registers in the event form: events are recorded for {@link #enumNetworkEvents} and the object
   * is set. Otherwise as {@link #asyncSelect(Set, Consumer)}.
   *
   * @param object of this session
   */
  public long eventSelect(Set<NetworkEvent> events, EventObject object) throws IOException {
    return eventSelect(events, object, WhenReplaced.END);
  }

  /**
   * Registers in the event form and says what becomes of the registration when another descriptor
   * replaces it.
   */
  public long eventSelect(Set<NetworkEvent> events, EventObject object, WhenReplaced whenReplaced)
      throws IOException {
    Request request =
        new Request.EventSelect(id(), some(events), object.id(), standsBy(whenReplaced), 0, false);
    return call(registering(request, null));
  }

  private static Set<NetworkEvent> some(Set<NetworkEvent> events) {
    if (events.isEmpty()) {
      throw new IllegalArgumentException("a registration is for some events; cancelSelect cancels");
    }
    return events;
  }

  private static boolean standsBy(WhenReplaced whenReplaced) {
    return whenReplaced == WhenReplaced.STAND_BY;
  }

  /**
   * Cancels the registration that this object made or started with, also if it stands by. Whoever
   * has replaced it stays the registrant. If another descriptor stands by, that one is promoted.
   * The socket stays non-blocking. A registration whose call has not returned yet is not cancelled.
   *
   * @return whether there was one to cancel
   */
  public boolean cancelSelect() throws IOException {
    long own = registration;
    return own != 0 && call(cancelling(Request.AsyncSelect.cancel(id(), own)));
  }

  /**
   * Cancels the socket's registration, whoever made it, and all that stand by, as Winsock does for
   * an empty mask. Those who lose something are told. The socket becomes non-blocking.
   *
   * @return whether anybody was the registrant
   */
  public boolean cancelAnySelect() throws IOException {
    return call(cancelling(Request.AsyncSelect.cancelAny(id())));
  }

  private Operation<Boolean> cancelling(Request.AsyncSelect request) {
    return new Operation<>(
        request,
        this,
        null,
        (reply, payload) -> {
          boolean cancelled = ((Reply.Registered) reply).cancelled() != 0;
          if (cancelled) {
            session.events().onCancelled(this);
          }
          return cancelled;
        });
  }

  /** The reading thread's word. */
  void registration(long number) {
    registration = number;
  }

  private Operation<Long> registering(Request request, Consumer<NetworkEventMessage> callback) {
    return new Operation<>(
        request,
        this,
        null,
        (reply, payload) -> {
          long number = ((Reply.Registered) reply).number();
          session.events().onRegistered(this, number, callback);
          return number;
        });
  }

  /**
   * Reads and clears the record of the event form (rule 40).
   *
   * @return each event and its error, 0 for none, in the order of {@link NetworkEvent}
   */
  public Map<NetworkEvent, Integer> enumNetworkEvents() throws IOException {
    return enumerate(0);
  }

  /** Reads and clears the record and resets the object, as one step (rule 40). */
  public Map<NetworkEvent, Integer> enumNetworkEvents(EventObject object) throws IOException {
    return enumerate(object.id());
  }

  private Map<NetworkEvent, Integer> enumerate(long object) throws IOException {
    Request request = new Request.EnumNetworkEvents(id(), object);
    List<Reply.Occurrence> list = call(asking(request, Reply.NetworkEvents.class)).events();
    Map<NetworkEvent, Integer> events = new EnumMap<>(NetworkEvent.class);
    if (list != null) {
      list.forEach(it -> events.put(it.event(), it.error()));
    }
    return events;
  }

  /** Counts as a receive, accept or send that found nothing, for users of the raw fd (rule 43). */
  public void rearm(Set<NetworkEvent> events) throws IOException {
    call(plain(new Request.Rearm(id(), events)));
  }

  /**
   * Who is told when somebody else's registration ends this descriptor's, in either form, when it
   * no longer stands by, or when an administrator takes the descriptor away. In order with the
   * session's other callbacks. Accepted sockets that start with this one's registration start with
   * this callback too. Another call replaces it; null ends it.
   */
  public void onRegistrationEnd(Consumer<RegistrationEnd> callback) {
    onRegistrationEnd = callback == null ? NOBODY : callback;
  }

  Consumer<RegistrationEnd> registrationEndHandler() {
    return onRegistrationEnd;
  }

  /**
   * Who is told when this descriptor, which stood by, is the registrant again. In order with the
   * session's other callbacks. Accepted sockets that start with this one's registration start with
   * this callback too. Another call replaces it; null ends it.
   */
  public void onPromotion(Consumer<Promotion> callback) {
    onPromotion = callback == null ? NO_PROMOTION : callback;
  }

  Consumer<Promotion> promotionHandler() {
    return onPromotion;
  }

  /** An accepted socket starts with the registration's callbacks. */
  void startLike(SharedSocket registrant) {
    onRegistrationEnd = registrant.onRegistrationEnd;
    onPromotion = registrant.onPromotion;
  }

  // ---- sharing

  /**
   * Makes a token with all rights of this descriptor, good until its target ends (rules 2-9). This
   * descriptor may be closed at once: the token keeps the socket open.
   */
  public DescriptorToken duplicate(Target target) throws IOException {
    return call(duplicating(target, null, null));
  }

  /**
   * Makes a token with fewer rights.
   *
   * @param rights a subset of this descriptor's own, else EPERM
   */
  public DescriptorToken duplicate(Target target, Rights rights) throws IOException {
    return call(duplicating(target, rights, null));
  }

  /**
   * Makes a token that ends.
   *
   * @param expiry from now; required for {@link Target#uid}
   */
  public DescriptorToken duplicate(Target target, Rights rights, Duration expiry)
      throws IOException {
    return call(duplicating(target, rights, expiry));
  }

  public CompletableFuture<DescriptorToken> duplicateAsync(Target target, Rights rights) {
    return callAsync(duplicating(target, rights, null));
  }

  private Operation<DescriptorToken> duplicating(Target target, Rights rights, Duration expiry) {
    return new Operation<>(
        new Request.Duplicate(
            id(),
            target.pid(),
            target.session(),
            target.uid(),
            rights == null ? null : rights.toSet(),
            Timeouts.millisOrNull(expiry)),
        this,
        null,
        (reply, payload) -> DescriptorToken.of(((Reply.Duplicated) reply).token()));
  }

  /** Gives the socket a name by which other processes attach, with no retention (rule 18). */
  public void name(String name) throws IOException {
    name(name, Duration.ZERO);
  }

  /**
   * Gives the socket a name and a retention (rule 19). Needs all rights.
   *
   * @param retain how long it outlives its last descriptor; {@link Broker#FOREVER}
   */
  public void name(String name, Duration retain) throws IOException {
    name(name, retain, Rights.all(), Rights.of());
  }

  /**
   * Gives the socket a name, a retention and what those who attach get.
   *
   * @param joinRights for the uid that gives the name
   * @param otherRights for other users
   */
  public void name(String name, Duration retain, Rights joinRights, Rights otherRights)
      throws IOException {
    long millis = Timeouts.millis(retain);
    call(plain(new Request.Name(id(), name, millis, joinRights.toSet(), otherRights.toSet())));
  }

  /** Takes the name away. */
  public void unname() throws IOException {
    call(plain(Request.Name.none(id())));
  }

  // ---- the raw fd

  /**
   * Gives out the socket's own fd, non-blocking, for {@link ExportedSocket#channel} and other event
   * loops. From then on nobody's rights and limits count for whoever has it (contract, rule 46), so
   * it needs all rights. Keep this descriptor open meanwhile: a connection is shut down when the
   * last one goes. What is received by the fd is not seen by the broker: say {@link #rearm}.
   *
   * @throws BrokerException EPERM without all rights; EBUSY while it connects, or while another
   *     holder has it in the other mode, since O_NONBLOCK is common to all
   * @throws IOException also if Netty's native transport is not on the class path
   */
  public ExportedSocket export() throws IOException {
    return exporting(true).export();
  }

  /** As {@link #export}. An fd that comes when the future has been completed already is closed. */
  public CompletableFuture<ExportedSocket> exportAsync() {
    return exporting(true).exportAsync();
  }

  /**
   * As {@link #export}, blocking, as native code that knows nothing of event loops expects it.
   *
   * <p>While this process receives it the socket is non-blocking for an instant, which Netty does
   * and Java 17 cannot prevent: another process's call on the same fd may see EAGAIN then.
   */
  public ExportedSocket exportBlocking() throws IOException {
    return exporting(false).export();
  }

  public CompletableFuture<ExportedSocket> exportBlockingAsync() {
    return exporting(false).exportAsync();
  }

  private Exporting exporting(boolean nonBlocking) {
    return new Exporting(session, this, nonBlocking);
  }

  // ---- the end

  public boolean isClosed() {
    return closed.get();
  }

  /**
   * Frees this descriptor and no other; operations that wait through it end with {@link
   * java.nio.channels.AsynchronousCloseException}. The socket closes when no descriptor, token and
   * retention is left (rule 12). A second close does nothing.
   */
  @Override
  public void close() throws IOException {
    if (isClosed()) {
      return;
    }
    // before anything is marked: it can still be closed elsewhere
    session.checkMayWait();
    if (closed.compareAndSet(false, true)) {
      onClosing();
      Closing.close(session, closing());
    }
  }

  /** As {@link #close}; the future never fails. */
  public CompletableFuture<Void> closeAsync() {
    if (!closed.compareAndSet(false, true)) {
      return CompletableFuture.completedFuture(null);
    }
    onClosing();
    return session.callAsync(closing()).exceptionally(gone -> null);
  }

  private void onClosing() {
    SocketRing attached = ring;
    if (attached != null) {
      attached.onSocketClosed();
    }
  }

  private Operation<Void> closing() {
    return new Operation<>(
        new Request.Close(id()),
        this,
        null,
        (reply, payload) -> {
          session.events().onClosed(this);
          return null;
        });
  }

  /** Like {@code d42}. */
  @Override
  public String toString() {
    return "d" + id();
  }

  // ---- plumbing

  private Address wire(SocketAddress address) throws UnknownHostException {
    return Addresses.of(address, family());
  }

  private Operation<Void> plain(Request request) {
    return Operation.plain(request, this);
  }

  private <R extends Reply> Operation<R> asking(Request request, Class<R> reply) {
    return new Operation<>(request, this, null, (it, payload) -> reply.cast(it));
  }

  private <T> T call(Operation<T> operation) throws IOException {
    if (isClosed()) {
      throw new ClosedChannelException();
    }
    return session.call(operation);
  }

  private <T> CompletableFuture<T> callAsync(Operation<T> operation) {
    return isClosed()
        ? CompletableFuture.failedFuture(new ClosedChannelException())
        : session.callAsync(operation);
  }
}
