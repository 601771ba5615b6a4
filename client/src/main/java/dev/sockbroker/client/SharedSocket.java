package dev.sockbroker.client;

import dev.sockbroker.client.Transfers.Mode;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
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
import java.util.ArrayList;
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
 * processes, may refer to the same socket. They share all of the socket's state (contract, rule 1).
 *
 * <p><b>Two forms.</b> Every call has a blocking form. A call that can wait also has an {@code
 * ...Async} form, which returns a {@link CompletableFuture} that completes on the executor given to
 * {@link Broker#builder}. The library owns a buffer from the time it is passed in until the call
 * returns or the future completes.
 *
 * <p><b>Waiting.</b> A call without a time follows the socket's blocking mode (rule 24). On a
 * non-blocking socket, and every registered socket is one, it throws {@link WouldBlockException}
 * instead of waiting. A call with a time waits that long in either mode and then throws {@link
 * java.net.SocketTimeoutException}. With {@link Duration#ZERO} it does not wait but throws {@link
 * WouldBlockException}. {@link Broker#FOREVER} sets no limit. Times are rounded up to milliseconds.
 * A negative time is an {@link IllegalArgumentException}.
 *
 * <p><b>Interrupt and cancel.</b> An interrupt asks the broker to end a waiting receive, send,
 * accept or connect. If the call has already taken bytes or a connection, it returns them and sets
 * the thread's interrupt flag. Otherwise it throws {@link java.io.InterruptedIOException}. Requests
 * that the broker answers at once, such as options and registrations, are not ended. They take
 * effect and return with the flag set. {@link CompletableFuture#cancel} makes the same request and
 * returns false. The future then completes with the broker's answer: data or ECANCELED.
 *
 * <p><b>Errors.</b> {@link BrokerException} describes how errors are reported. An operation without
 * its right fails with EPERM (rule 11), one beyond a limit with EMFILE, ENFILE, EDQUOT or ENOBUFS
 * (rule 20). What a method adds to the man page that it names is in its own description. {@link
 * java.nio.channels.ClosedChannelException} means that this object or its session is closed. {@link
 * java.nio.channels.AsynchronousCloseException} means that it was closed while the call waited.
 * {@link BrokerGoneException} means that the connection to the broker has ended.
 *
 * <p>Any thread may call any method, including virtual threads. The exception is the library's own
 * I/O thread, which runs program code only if the executor runs tasks in place. A blocking call
 * there throws {@link IllegalStateException}.
 */
public final class SharedSocket implements AutoCloseable {
  private static final Consumer<RegistrationEnd> NOBODY = end -> {};
  private static final Consumer<Promotion> NO_PROMOTION = promotion -> {};

  private final Session session;
  private final Reply.Opened opened;
  private final SocketLabel label;
  private final Transfers transfers;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile Consumer<RegistrationEnd> onRegistrationEnd = NOBODY;
  private volatile Consumer<Promotion> onPromotion = NO_PROMOTION;

  /** The number of this descriptor's own registration, which may stand by; 0 if it has none. */
  private volatile long registration;

  private volatile Lane lane = Lane.NONE;

  private volatile boolean ignoresInterrupts;

  SharedSocket(Session session, Reply.Opened opened) {
    this.session = session;
    this.opened = opened;
    label = new SocketLabel(opened);
    transfers = new Transfers(this, session.frameBytesMax());
  }

  // ---- what it is

  /** The broker's reply that created this descriptor. */
  Reply.Opened opened() {
    return opened;
  }

  /** From now on an interrupt ends the waits of virtual threads only, as in {@code java.net}. */
  void ignoreInterrupts() {
    ignoresInterrupts = true;
  }

  boolean isInterruptible() {
    return !ignoresInterrupts || VirtualThreads.isCurrent();
  }

  /** The descriptor's id, {@code d42} in lists. The broker never uses it again while it runs. */
  public long id() {
    return opened.descriptor();
  }

  /** The id of the socket, {@code s17} in lists. */
  public long socketId() {
    return opened.socket();
  }

  /** Whether {@link Broker#open} made a new socket. It is false if it joined a named one. */
  public boolean isCreated() {
    return opened.created();
  }

  /** The address family (socket(2)). */
  public Family family() {
    return opened.family();
  }

  /** The socket type (socket(2)). */
  public SocketType type() {
    return opened.type();
  }

  /** The kernel's protocol number, for instance 6 for TCP. */
  public int protocol() {
    return opened.protocol();
  }

  /**
   * The uid that owned the socket's name when this descriptor was made. It is empty if the socket
   * had no name.
   */
  public OptionalLong ownerUid() {
    Long uid = opened.ownerUid();
    return uid == null ? OptionalLong.empty() : OptionalLong.of(uid);
  }

  /** The operations that this descriptor allows (rule 11). */
  public Rights rights() {
    return Rights.of(opened.rights());
  }

  /**
   * The local address, even after the connection has ended (rule 22). It is null if the socket is
   * not bound, or if its Unix address is not a valid path in Java.
   */
  public SocketAddress localAddress() throws IOException {
    return Addresses.toJdk(addresses().local());
  }

  /**
   * The peer's address, even after the connection has ended (rule 22). It is null if there was no
   * peer, or if its Unix address is not a valid path in Java.
   */
  public SocketAddress remoteAddress() throws IOException {
    return Addresses.toJdk(addresses().peer());
  }

  private Reply.Addresses addresses() throws IOException {
    Reply.Addresses addresses = call(asking(new Request.GetAddresses(id()), Reply.Addresses.class));
    label.onAddresses(addresses);
    return addresses;
  }

  // ---- bind, listen, connect, accept

  /**
   * Binds the socket (bind(2)). A relative Unix path is made absolute. A path that begins with
   * {@code @} is a name in Linux's abstract namespace.
   *
   * @throws java.net.BindException if the address is in use or not available
   */
  public void bind(SocketAddress address) throws IOException {
    Address local = wire(address);
    call(plain(new Request.Bind(id(), local)));
    label.onBound(local);
  }

  /**
   * Starts listening (listen(2)), or changes the backlog.
   *
   * @param backlog one less than the number of connections that can wait to be accepted; the kernel
   *     limits it to somaxconn
   * @throws BrokerException EOPNOTSUPP for a datagram socket (rule 47)
   */
  public void listen(int backlog) throws IOException {
    call(plain(new Request.Listen(id(), backlog)));
  }

  /**
   * Connects the socket (connect(2)). This process resolves a host name.
   *
   * @throws java.net.ConnectException if the peer refuses the connection
   */
  public void connect(SocketAddress address) throws IOException {
    call(connecting(address, null));
  }

  /**
   * Connects the socket (connect(2)). If the time passes, the attempt continues (rule 24).
   *
   * @throws java.net.SocketTimeoutException if there is no outcome within that time
   */
  public void connect(SocketAddress address, Duration timeout) throws IOException {
    call(connecting(address, timeout));
  }

  /**
   * The asynchronous form of {@link #connect(SocketAddress)}. It resolves the host name before it
   * returns.
   */
  public CompletableFuture<Void> connectAsync(SocketAddress address) {
    return connectAsync(address, null);
  }

  /**
   * The asynchronous form of {@link #connect(SocketAddress, Duration)}. It resolves the host name
   * before it returns.
   *
   * @param timeout null to follow the blocking mode
   */
  public CompletableFuture<Void> connectAsync(SocketAddress address, Duration timeout) {
    try {
      return callAsync(connecting(address, timeout));
    } catch (UnknownHostException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Connects the socket to a host whose name the broker resolves (rule 81). The broker tries the
   * addresses of this socket's family one after the other. {@link SocketSpec#resolve} tries those
   * of both families at nearly the same time.
   *
   * @param host a host name or a literal
   * @param timeout null for no limit in blocking mode
   * @throws UnknownHostException if the broker finds no address
   * @throws java.net.SocketTimeoutException if there is no outcome within that time
   * @throws BrokerException EACCES if the policy refuses the name or one of its addresses; EINVAL
   *     if the socket is non-blocking and the timeout is null or zero; EAFNOSUPPORT if no address
   *     is of this socket's family
   */
  public void connect(String host, int port, Duration timeout) throws IOException {
    call(connecting(Address.inet(host, port), Timeouts.millisOrNull(timeout)));
  }

  /** The asynchronous form of {@link #connect(String, int, Duration)}. */
  public CompletableFuture<Void> connectAsync(String host, int port, Duration timeout) {
    return callAsync(connecting(Address.inet(host, port), Timeouts.millisOrNull(timeout)));
  }

  private Operation<Void> connecting(SocketAddress address, Duration timeout)
      throws UnknownHostException {
    return connecting(wire(address), Timeouts.millisOrNull(timeout));
  }

  Operation<Void> connecting(Address peer, Long timeoutMillis) {
    return new Operation<>(
        new Request.Connect(id(), peer, timeoutMillis),
        this,
        null,
        (reply, payload) -> {
          label.onConnected(peer);
          return null;
        });
  }

  /**
   * Accepts a connection (accept(2)). The new descriptor has the rights of this one. If this
   * session holds the listener's registration, the accepted socket starts with the same
   * registration and the same callback (rule 34).
   *
   * @throws BrokerException EINVAL if the socket does not listen; EOPNOTSUPP for a datagram socket
   *     (rule 47); EMFILE, EDQUOT or ENFILE at a limit, where the connection keeps waiting (rule
   *     20)
   */
  public SharedSocket accept() throws IOException {
    return call(accepting(null));
  }

  /** Like {@link #accept()}, but waits at most that long. */
  public SharedSocket accept(Duration timeout) throws IOException {
    return call(accepting(timeout));
  }

  /** The asynchronous form of {@link #accept()}. */
  public CompletableFuture<SharedSocket> acceptAsync() {
    return callAsync(accepting(null));
  }

  /**
   * The asynchronous form of {@link #accept(Duration)}.
   *
   * @param timeout null to follow the blocking mode
   */
  public CompletableFuture<SharedSocket> acceptAsync(Duration timeout) {
    return callAsync(accepting(timeout));
  }

  /**
   * Accepts a connection, and more if they already wait. Each has a stream for {@link
   * #acceptedStream}.
   *
   * @param ahead how many more
   */
  List<SharedSocket> acceptWithStreams(Duration timeout, int ahead) throws IOException {
    return call(
        new Operation<>(
            new Request.Accept(id(), Timeouts.millisOrNull(timeout), true, ahead),
            this,
            null,
            (reply, payload) -> onAcceptedAll((Reply.Opened) reply)));
  }

  private List<SharedSocket> onAcceptedAll(Reply.Opened first) {
    List<SharedSocket> accepted = new ArrayList<>();
    accepted.add(onAccepted(first));
    if (first.ahead() != null) {
      first.ahead().forEach(it -> accepted.add(onAccepted(first.of(it))));
    }
    return accepted;
  }

  private Operation<SharedSocket> accepting(Duration timeout) {
    return new Operation<>(
        new Request.Accept(id(), Timeouts.millisOrNull(timeout)),
        this,
        null,
        (reply, payload) -> onAccepted((Reply.Opened) reply));
  }

  private SharedSocket onAccepted(Reply.Opened reply) {
    SharedSocket accepted = session.onOpened(reply);
    if (reply.registration() != 0) {
      session.events().onInherited(accepted, this, reply.registration());
    }
    return accepted;
  }

  // ---- bytes

  /**
   * Sends the buffer's remaining bytes (send(2)) and advances its position past the bytes that the
   * kernel took. A send that may wait ends when all of them are taken. If a time-out, an error or
   * an interrupt ends it earlier, it returns the number taken so far if that is not 0 (rule 24).
   *
   * @return the number of bytes taken
   */
  public int send(ByteBuffer from) throws IOException {
    return call(transfers.sending(from, null, false, null));
  }

  /** Like {@link #send(ByteBuffer)}, but waits at most that long. */
  public int send(ByteBuffer from, Duration timeout) throws IOException {
    return call(transfers.sending(from, null, false, timeout));
  }

  /** The asynchronous form of {@link #send(ByteBuffer)}. */
  public CompletableFuture<Integer> sendAsync(ByteBuffer from) {
    return callAsync(transfers.sending(from, null, false, null));
  }

  /**
   * The asynchronous form of {@link #send(ByteBuffer, Duration)}.
   *
   * @param timeout null to follow the blocking mode
   */
  public CompletableFuture<Integer> sendAsync(ByteBuffer from, Duration timeout) {
    return callAsync(transfers.sending(from, null, false, timeout));
  }

  /**
   * Sends the buffer's remaining bytes as one datagram to an address (sendto(2)).
   *
   * @return the number of bytes sent
   * @throws BrokerException EMSGSIZE if it is too large for one datagram
   */
  public int sendTo(ByteBuffer from, SocketAddress to) throws IOException {
    return call(transfers.sending(from, wire(to), false, null));
  }

  /**
   * Sends urgent data (MSG_OOB). The last byte is the urgent one.
   *
   * @return the number of bytes taken
   * @throws BrokerException EOPNOTSUPP for a datagram socket (rule 47)
   */
  public int sendUrgent(ByteBuffer from) throws IOException {
    return call(transfers.sending(from, null, true, null));
  }

  /**
   * Receives available bytes or one datagram (recv(2)). If a datagram is larger than the buffer,
   * the rest of it is lost.
   *
   * @return the number of bytes received; -1 at the end of a stream; 0 for an empty datagram, or if
   *     the buffer has no room on a stream
   */
  public int receive(ByteBuffer into) throws IOException {
    return receive(into, null);
  }

  /**
   * Like {@link #receive(ByteBuffer)}, but waits at most that long.
   *
   * @param timeout null to follow the blocking mode
   */
  public int receive(ByteBuffer into, Duration timeout) throws IOException {
    return hasNoRoom(into) ? 0 : call(transfers.receiving(into, timeout, Mode.TAKE));
  }

  /** The asynchronous form of {@link #receive(ByteBuffer)}. */
  public CompletableFuture<Integer> receiveAsync(ByteBuffer into) {
    return receiveAsync(into, null);
  }

  /**
   * The asynchronous form of {@link #receive(ByteBuffer, Duration)}.
   *
   * @param timeout null to follow the blocking mode
   */
  public CompletableFuture<Integer> receiveAsync(ByteBuffer into, Duration timeout) {
    return hasNoRoom(into)
        ? CompletableFuture.completedFuture(0)
        : callAsync(transfers.receiving(into, timeout, Mode.TAKE));
  }

  /** On a stream a reply of zero bytes means the end, so zero bytes must not be requested. */
  private boolean hasNoRoom(ByteBuffer into) {
    return type() == SocketType.STREAM && !into.hasRemaining();
  }

  /**
   * Receives bytes together with everything that the kernel reports about them, such as a
   * datagram's sender and full size (recvmsg(2), rule 50).
   *
   * @param length the largest number of bytes to receive; {@link SessionLimits#frameBytes} bounds
   *     it too
   */
  public Received receiveMessage(int length) throws IOException {
    return call(transfers.receivingMessage(length, null, false));
  }

  /** Like {@link #receiveMessage(int)}, but waits at most that long. */
  public Received receiveMessage(int length, Duration timeout) throws IOException {
    return call(transfers.receivingMessage(length, timeout, false));
  }

  /** The asynchronous form of {@link #receiveMessage(int)}. */
  public CompletableFuture<Received> receiveMessageAsync(int length) {
    return callAsync(transfers.receivingMessage(length, null, false));
  }

  /** Like {@link #receive(ByteBuffer)}, but leaves the bytes in the socket (MSG_PEEK). */
  public int peek(ByteBuffer into) throws IOException {
    return peek(into, null);
  }

  /**
   * Like {@link #receive(ByteBuffer, Duration)}, but leaves the bytes in the socket (MSG_PEEK).
   *
   * @param timeout null to follow the blocking mode
   */
  public int peek(ByteBuffer into, Duration timeout) throws IOException {
    return hasNoRoom(into) ? 0 : call(transfers.receiving(into, timeout, Mode.PEEK));
  }

  /** The asynchronous form of {@link #peek(ByteBuffer)}. */
  public CompletableFuture<Integer> peekAsync(ByteBuffer into) {
    return hasNoRoom(into)
        ? CompletableFuture.completedFuture(0)
        : callAsync(transfers.receiving(into, null, Mode.PEEK));
  }

  /**
   * Receives the urgent byte (MSG_OOB). It never waits.
   *
   * @throws BrokerException EINVAL if there is no urgent byte; EOPNOTSUPP for a datagram socket
   */
  public int receiveUrgent(ByteBuffer into) throws IOException {
    return call(transfers.receiving(into, null, Mode.URGENT));
  }

  /**
   * Shuts down the socket for all its holders (shutdown(2)). A listener ends listening.
   *
   * @throws BrokerException ENOTCONN if an internet socket is not connected (rule 45)
   */
  public void shutdown(Direction how) throws IOException {
    call(plain(new Request.Shutdown(id(), how, position())));
  }

  /**
   * Moves this connection's bytes through memory shared with the broker, in each direction for
   * which this descriptor has the right. While the ring exists, others who receive or send in these
   * directions get EBUSY. It needs Netty's native transport on the class path.
   *
   * @param bytes the size of each direction: a power of two from 4096 to 64 Mi
   * @throws BrokerException ENOTCONN if the socket is not connected; EBUSY if it has a ring or
   *     waiting operations; ENOBUFS at a limit; EOPNOTSUPP for datagrams
   */
  public SocketRing ring(int bytes) throws IOException {
    if (isClosed()) {
      throw new ClosedChannelException();
    }
    FdSockets.needNetty("a ring needs");
    SocketRing attached = session.callForFds(() -> SocketRing.attach(session, this, bytes));
    use(attached.lane());
    return attached;
  }

  /**
   * Moves this connection's bytes to a connection of their own, in each direction for which this
   * descriptor has the right. While the stream exists, others who receive or send in these
   * directions get EBUSY.
   *
   * @throws BrokerException ENOTCONN if the socket is not connected; EBUSY if it has a ring, a
   *     stream or waiting operations; EMFILE or ENFILE at a limit; EOPNOTSUPP for datagrams
   */
  public SocketStream stream() throws IOException {
    if (isClosed()) {
      throw new ClosedChannelException();
    }
    return SocketStream.attach(session, this);
  }

  /**
   * Connects the stream that the broker attached when it accepted this connection.
   *
   * @return null if it has attached none
   */
  SocketStream acceptedStream() throws IOException {
    if (opened.stream() == null) {
      return null;
    }
    boolean receives = opened.rights().contains(Right.RECV);
    boolean sends = opened.rights().contains(Right.SEND);
    return SocketStream.connect(session, this, new Reply.Stream(opened.stream(), receives, sends));
  }

  void use(Lane attached) {
    lane = attached;
    // whatever ended meanwhile did not know about the lane
    Throwable lost = session.end();
    if (isClosed()) {
      attached.onSocketClosed();
    } else if (lost != null) {
      attached.onLost(lost);
    }
  }

  /** A request carries this position to take effect after the bytes written to the lane so far. */
  private Long position() {
    return lane.sendPosition();
  }

  void onLaneClosed(Lane closedLane) {
    if (lane == closedLane) {
      lane = Lane.NONE;
    }
  }

  Lane lane() {
    return lane;
  }

  /** Called on the thread that reads when the descriptor, and perhaps the session, has ended. */
  void onLost(Throwable why) {
    lane.onLost(why);
    ended.complete(null);
  }

  /**
   * Returns the received bytes as a stream. A read has no time limit, even on a non-blocking
   * socket. Closing the stream closes this descriptor.
   */
  public InputStream inputStream() {
    return inputStream(Broker.FOREVER);
  }

  /**
   * Returns the received bytes as a stream. Closing it closes this descriptor.
   *
   * @param timeout of each read, after which it throws {@link java.net.SocketTimeoutException}
   */
  public InputStream inputStream(Duration timeout) {
    return new SocketInputStream(this, timeout);
  }

  /**
   * Returns a stream to the peer. A write waits until all of its bytes are taken, even on a
   * non-blocking socket. Closing the stream closes this descriptor.
   */
  public OutputStream outputStream() {
    return outputStream(Broker.FOREVER);
  }

  /**
   * Returns a stream to the peer. Closing it closes this descriptor.
   *
   * @param timeout of each write, after which it throws {@link java.net.SocketTimeoutException}.
   *     Its {@code bytesTransferred} field holds the number of bytes taken.
   */
  public OutputStream outputStream(Duration timeout) {
    return new SocketOutputStream(this, timeout);
  }

  // ---- options

  /**
   * Reads an option. Every holder reads the same value (rule 21). The options of {@link
   * java.net.StandardSocketOptions} and {@code jdk.net.ExtendedSocketOptions} have the same meaning
   * as in the JDK.
   */
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return JdkOptions.toJdk(option, getOption(JdkOptions.kernelName(option, family())));
  }

  /**
   * Sets an option for all holders.
   *
   * @return the value that the kernel reports afterwards, which may differ: it doubles SO_RCVBUF
   */
  public <T> T setOption(SocketOption<T> option, T value) throws IOException {
    String name = JdkOptions.kernelName(option, family());
    return JdkOptions.toJdk(option, setOption(name, JdkOptions.toWire(option, value, family())));
  }

  /**
   * Reads an option by the kernel's name, for instance {@code TCP_NODELAY} (rule 21).
   *
   * @return a Long, Boolean, String, List or Map. A number above 2^63 - 1 is a BigInteger; some
   *     counters in TCP_INFO are that large.
   * @throws BrokerException ENOPROTOOPT if this socket has no such option
   */
  public Object getOption(String name) throws IOException {
    return option(Request.GetOption.named(id(), name));
  }

  /**
   * Sets an option by the kernel's name, for all holders.
   *
   * @param value a Number, Boolean, String, List or Map
   * @return the value that the kernel reports afterwards
   * @throws BrokerException ENOPROTOOPT if this socket has no such option; EINVAL if the value does
   *     not fit it
   */
  public Object setOption(String name, Object value) throws IOException {
    return option(Request.SetOption.named(id(), name, value).behind(position()));
  }

  /**
   * The asynchronous form of {@link #setOption(String, Object)}. A caller can set several options
   * without waiting for each.
   */
  public CompletableFuture<Object> setOptionAsync(String name, Object value) {
    return optionAsync(Request.SetOption.named(id(), name, value).behind(position()));
  }

  /** The asynchronous form of {@link #getOption(String)}. */
  public CompletableFuture<Object> getOptionAsync(String name) {
    return optionAsync(Request.GetOption.named(id(), name));
  }

  /**
   * Reads any other option as bytes (rule 49).
   *
   * @param level as in getsockopt(2)
   * @param number as in getsockopt(2)
   * @param length the largest number of bytes to return
   * @return in the kernel's byte order
   * @throws BrokerException EPERM or ENOPROTOOPT if the broker does not pass the option on
   */
  public byte[] getOption(int level, int number, int length) throws IOException {
    return bytes(option(Request.GetOption.numbered(id(), level, number, length)));
  }

  /**
   * Sets any other option as bytes (rule 49).
   *
   * @param level as in setsockopt(2)
   * @param number as in setsockopt(2)
   * @param value in the kernel's byte order
   * @return the value that the kernel reports afterwards
   * @throws BrokerException EPERM or ENOPROTOOPT if the broker does not pass the option on
   */
  public byte[] setOption(int level, int number, byte[] value) throws IOException {
    String hex = HexFormat.of().formatHex(value);
    return bytes(option(Request.SetOption.numbered(id(), level, number, hex).behind(position())));
  }

  /**
   * Reads every readable option of this kind of socket, by the kernel's names (rule 21).
   *
   * @return values as those of {@link #getOption(String)}
   */
  public Map<String, Object> options() throws IOException {
    return call(asking(new Request.ListOptions(id()), Reply.Options.class)).options();
  }

  /** Whether operations that cannot proceed wait, for all holders (rule 24). */
  public boolean isBlocking() throws IOException {
    return !Boolean.TRUE.equals(getOption("O_NONBLOCK"));
  }

  /**
   * Sets the blocking mode for all holders (rule 24).
   *
   * @throws BrokerException EINVAL if blocking mode is requested while there is a registration
   *     (rule 32)
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
   * Registers in the message form: the callback receives each event. This replaces any holder's
   * registration of the socket and makes the socket non-blocking (rules 27-32). Conditions that
   * already hold are reported immediately. An event is reported again only after something
   * re-enables it (rule 37); for READ, that is a receive.
   *
   * <p>The callbacks of a session run on its executor one at a time, in the order in which the
   * broker sent their events. After this method returns, no callback of an older registration of
   * this descriptor starts.
   *
   * @param events at least one; {@link #cancelSelect} cancels
   * @return the registration's number, which increases with each registration of the socket
   * @throws IllegalArgumentException without events
   */
  public long asyncSelect(Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback)
      throws IOException {
    return asyncSelect(events, callback, WhenReplaced.END);
  }

  /**
   * Like {@link #asyncSelect(Set, Consumer)}. The last argument says what happens to the
   * registration when another descriptor replaces it. After a promotion the same callback receives
   * the events, but {@link #onPromotion} is called first.
   */
  public long asyncSelect(
      Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback, WhenReplaced whenReplaced)
      throws IOException {
    return call(registering(messages(events, whenReplaced), callback));
  }

  /** The asynchronous form of {@link #asyncSelect(Set, Consumer)}. */
  public CompletableFuture<Long> asyncSelectAsync(
      Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback) {
    return asyncSelectAsync(events, callback, WhenReplaced.END);
  }

  /** The asynchronous form of {@link #asyncSelect(Set, Consumer, WhenReplaced)}. */
  public CompletableFuture<Long> asyncSelectAsync(
      Set<NetworkEvent> events, Consumer<NetworkEventMessage> callback, WhenReplaced whenReplaced) {
    return callAsync(registering(messages(events, whenReplaced), callback));
  }

  private Request messages(Set<NetworkEvent> events, WhenReplaced whenReplaced) {
    return new Request.AsyncSelect(id(), some(events), standsBy(whenReplaced), 0, false);
  }

  /**
   * Like {@link #asyncSelect(Set, Consumer)}, but in the event form: the broker records events for
   * {@link #enumNetworkEvents} and sets the object.
   *
   * @param object an event object of this session
   */
  public long eventSelect(Set<NetworkEvent> events, EventObject object) throws IOException {
    return eventSelect(events, object, WhenReplaced.END);
  }

  /**
   * Like {@link #eventSelect(Set, EventObject)}. The last argument says what happens to the
   * registration when another descriptor replaces it.
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
   * Cancels the registration that this object made or inherited, even if it stands by. If another
   * descriptor has replaced the registration, that descriptor stays the registrant. Otherwise a
   * descriptor that stands by is promoted. The socket stays non-blocking. A registration whose call
   * has not yet returned is not cancelled (rule 29).
   *
   * @return whether there was a registration to cancel
   */
  public boolean cancelSelect() throws IOException {
    long own = registration;
    return own != 0 && call(cancelling(Request.AsyncSelect.cancel(id(), own)));
  }

  /**
   * Cancels the socket's registration and all that stand by, including those of others. Winsock
   * does the same for an empty mask. The other holders that lose a registration are notified. If
   * there was one, the socket becomes non-blocking (rules 29 and 32).
   *
   * @return whether the socket had a registration
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

  /** Called on the thread that reads. */
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
   * @return each event and its errno, which is 0 if there was no error, in the order of {@link
   *     NetworkEvent}
   */
  public Map<NetworkEvent, Integer> enumNetworkEvents() throws IOException {
    return enumerate(0);
  }

  /**
   * Reads and clears the record and resets the object, in one step (rule 40).
   *
   * @param object an event object of this session
   */
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

  /**
   * Re-enables events as if a receive, accept or send had found nothing. It is for users of the raw
   * fd, whose operations the broker does not see (rule 43).
   *
   * @throws BrokerException EINVAL for an event that only a new registration re-enables
   */
  public void rearm(Set<NetworkEvent> events) throws IOException {
    call(plain(new Request.Rearm(id(), events)));
  }

  /**
   * Sets the callback for three cases: another session or descriptor ends this descriptor's
   * registration, this descriptor no longer stands by, or an administrator takes it away. It runs
   * in order with the session's other callbacks. Accepted sockets that inherit the registration
   * also inherit this callback. A later call replaces it; null removes it.
   */
  public void onRegistrationEnd(Consumer<RegistrationEnd> callback) {
    onRegistrationEnd = callback == null ? NOBODY : callback;
  }

  Consumer<RegistrationEnd> registrationEndHandler() {
    return onRegistrationEnd;
  }

  /**
   * Sets the callback for the promotion of this descriptor, which stood by, to registrant (rule
   * 51). It runs in order with the session's other callbacks. Accepted sockets that inherit the
   * registration also inherit this callback. A later call replaces it; null removes it.
   */
  public void onPromotion(Consumer<Promotion> callback) {
    onPromotion = callback == null ? NO_PROMOTION : callback;
  }

  Consumer<Promotion> promotionHandler() {
    return onPromotion;
  }

  /** An accepted socket inherits the callbacks of the registration. */
  void startLike(SharedSocket registrant) {
    onRegistrationEnd = registrant.onRegistrationEnd;
    onPromotion = registrant.onPromotion;
  }

  // ---- sharing

  /**
   * Makes a token with all rights of this descriptor. It is valid until its target ends (rules
   * 2-9). This descriptor may be closed at once, because the token keeps the socket open.
   *
   * @throws BrokerException EPERM without the right {@code DUPLICATE}; EINVAL if the target does
   *     not exist or is a user
   */
  public DescriptorToken duplicate(Target target) throws IOException {
    return call(duplicating(target, null, null));
  }

  /**
   * Makes a token with some of this descriptor's rights (rules 2-9 and 11).
   *
   * @param rights a subset of this descriptor's rights, otherwise EPERM
   */
  public DescriptorToken duplicate(Target target, Rights rights) throws IOException {
    return call(duplicating(target, rights, null));
  }

  /**
   * Makes a token that expires.
   *
   * @param rights a subset of this descriptor's rights; null for all of them
   * @param expiry the time from now, 1 ms or more; required for {@link Target#uid}; null for no
   *     expiry
   * @throws BrokerException EINVAL if the broker does not allow so long an expiry; otherwise as in
   *     {@link #duplicate(Target)}
   */
  public DescriptorToken duplicate(Target target, Rights rights, Duration expiry)
      throws IOException {
    return call(duplicating(target, rights, expiry));
  }

  /** The asynchronous form of {@link #duplicate(Target, Rights)}. */
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

  /**
   * Gives the socket a name by which other processes can attach, without a retention (rule 18).
   *
   * @param name 1 to 255 characters, no control characters, and not the form of an id ({@code s17})
   * @throws BrokerException EPERM if this user neither owns the socket nor is an administrator
   */
  public void name(String name) throws IOException {
    name(name, Duration.ZERO);
  }

  /**
   * Gives the socket a name and a retention (rules 18 and 19). It needs all rights.
   *
   * @param retain how long the socket stays open after its last descriptor and token; {@link
   *     Broker#FOREVER} is allowed
   * @throws BrokerException EPERM if this user neither owns the socket nor is an administrator
   */
  public void name(String name, Duration retain) throws IOException {
    name(name, retain, Rights.all(), Rights.of());
  }

  /**
   * Gives the socket a name and a retention, and sets the rights of those who attach (rules 18 and
   * 19).
   *
   * @param joinRights for the user who owns the name
   * @param otherRights for other users
   */
  public void name(String name, Duration retain, Rights joinRights, Rights otherRights)
      throws IOException {
    long millis = Timeouts.millis(retain);
    call(plain(new Request.Name(id(), name, millis, joinRights.toSet(), otherRights.toSet())));
    label.onNamed(name);
  }

  /**
   * Removes the name, and with it the retention (rule 18).
   *
   * @throws BrokerException EPERM if the name belongs to another user and this is not an
   *     administrator's session
   */
  public void unname() throws IOException {
    call(plain(Request.Name.none(id())));
    label.onNamed(null);
  }

  // ---- the raw fd

  /**
   * Exports the socket's raw fd in non-blocking mode, for {@link ExportedSocket#channel} and other
   * event loops. Rights and limits do not restrict a process that has the raw fd (contract, rule
   * 46), so an export needs all rights. Keep this descriptor open while the raw fd is in use,
   * because a connection is shut down when its last descriptor is closed. The broker does not see
   * what is received through the raw fd; call {@link #rearm} to re-enable events.
   *
   * @throws BrokerException EPERM without all rights; EBUSY while the socket connects, or while
   *     another holder has the raw fd in the other mode, because they share O_NONBLOCK
   * @throws IOException also before Java 22, if Netty's native transport is not on the class path
   */
  public ExportedSocket export() throws IOException {
    return exporting(true).export();
  }

  /**
   * The asynchronous form of {@link #export}. If the future has already been completed when the fd
   * arrives, the fd is closed.
   */
  public CompletableFuture<ExportedSocket> exportAsync() {
    return exporting(true).exportAsync();
  }

  /**
   * Like {@link #export}, but in blocking mode, for native code that does not use an event loop.
   *
   * <p>Netty makes the socket non-blocking for a moment while this process receives the fd. Java 17
   * cannot prevent that. Another process that uses the same fd may see EAGAIN during that moment.
   */
  public ExportedSocket exportBlocking() throws IOException {
    return exporting(false).export();
  }

  /** The asynchronous form of {@link #exportBlocking}. */
  public CompletableFuture<ExportedSocket> exportBlockingAsync() {
    return exporting(false).exportAsync();
  }

  private Exporting exporting(boolean nonBlocking) {
    return new Exporting(session, this, nonBlocking);
  }

  // ---- the end

  /** Whether this object was closed. It stays false if the session or the broker ends. */
  public boolean isClosed() {
    return closed.get();
  }

  /**
   * Closes this descriptor only. Operations that wait through it end with {@link
   * java.nio.channels.AsynchronousCloseException}. The socket closes when it has no descriptor,
   * token or retention left (rule 12). A second close has no effect.
   */
  @Override
  public void close() throws IOException {
    if (isClosed()) {
      return;
    }
    // must come first: if this throws, another thread can still close the descriptor
    session.checkMayWait();
    if (closed.compareAndSet(false, true)) {
      lane.onSocketClosed();
      Closing.close(session, closing(false));
    }
  }

  /** The asynchronous form of {@link #close}. The future never fails. */
  public CompletableFuture<Void> closeAsync() {
    if (!closed.compareAndSet(false, true)) {
      return CompletableFuture.completedFuture(null);
    }
    lane.onSocketClosed();
    return session.callAsync(closing(false)).exceptionally(gone -> null);
  }

  /**
   * Closes a descriptor that was accepted ahead, so that another accept gets the connection. If a
   * callback has used it already, it is only closed.
   */
  void giveBack() {
    if (closed.compareAndSet(false, true)) {
      session
          .callAsync(closing(true))
          .exceptionallyCompose(used -> session.callAsync(closing(false)));
    }
  }

  /** Completes on the thread that reads when this descriptor was closed, revoked or lost. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  void checkMayWait() {
    session.checkMayWait();
  }

  private Operation<Void> closing(boolean giveBack) {
    return new Operation<>(
        new Request.Close(id(), giveBack),
        this,
        null,
        (reply, payload) -> {
          session.events().onClosed(this);
          ended.complete(null);
          return null;
        });
  }

  /**
   * Returns the descriptor's id as in lists, the kind, the name and the addresses, for instance
   * {@code d42 tcp "web" 127.0.0.1:8080} or {@code d43 tcp 127.0.0.1:8080 -> 10.0.0.7:51234
   * (closed)}. The name and the addresses are those that this object has seen. They are missing if
   * it has not seen any, and out of date if another holder has changed them. It asks the broker
   * nothing, never waits and never throws.
   */
  @Override
  public String toString() {
    return label.text(isClosed());
  }

  void onNamed(String name) {
    label.onNamed(name);
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
