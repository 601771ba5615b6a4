package dev.sockbroker.client;

import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Implements a {@code java.net} socket with a descriptor of the broker. {@link java.net.Socket}
 * keeps and checks the state of the object: connected, closed, and which half is shut down. For
 * everything else, the JDK's own implementation is the reference.
 *
 * <p>Any thread may call any method.
 */
final class BrokeredSocketImpl extends SocketImpl {
  /** The most bytes that available() looks for. */
  private static final int AVAILABLE_MAX = 65_536;

  /** Null if this object never makes a socket. */
  private final FactorySession session;

  private final Resolver resolver;
  private final boolean isListener;
  private final ListenerName name;

  /** The settings for a named listener, applied when its bind opens it. */
  private UnaryOperator<SocketSpec> asked = UnaryOperator.identity();

  /** The object that the program uses. Set once, before the program gets it. */
  private Closeable owner;

  /** Null until the socket is made. */
  private volatile SharedSocket socket;

  /** Null until the socket listens. */
  private volatile AcceptQueue accepts;

  /** Null until the socket is connected. */
  private volatile BrokeredBytes bytes;

  /** Whether another holder has already bound or connected the socket, once for all holders. */
  private volatile boolean isShared;

  private volatile int timeoutMillis;
  private volatile boolean isInputShut;
  private volatile boolean isClosed;

  private BrokeredSocketImpl(
      FactorySession session, Resolver resolver, boolean isListener, ListenerName name) {
    this.session = session;
    this.resolver = resolver;
    this.isListener = isListener;
    this.name = name;
  }

  static BrokeredSocketImpl client(FactorySession session, Resolver resolver) {
    return new BrokeredSocketImpl(session, resolver, false, null);
  }

  /**
   * @param name null if the listener has none
   */
  static BrokeredSocketImpl server(FactorySession session, ListenerName name) {
    return new BrokeredSocketImpl(session, Resolver.PROCESS, true, name);
  }

  static BrokeredSocketImpl toBeAccepted() {
    return new BrokeredSocketImpl(null, Resolver.PROCESS, false, null);
  }

  /** For a socket that is already listening or connected. */
  static BrokeredSocketImpl of(SharedSocket socket) {
    BrokeredSocketImpl impl = new BrokeredSocketImpl(null, Resolver.PROCESS, false, null);
    impl.isShared = true;
    impl.own(socket);
    impl.bytes = BrokeredBytes.sharedOf(socket);
    return impl;
  }

  void ownedBy(Closeable socketOfProgram) {
    owner = socketOfProgram;
  }

  private void own(SharedSocket given) {
    given.ignoreInterrupts();
    fd = new FileDescriptor();
    socket = given;
  }

  // ---- from nothing to connected

  @Override
  protected void create(boolean stream) throws IOException {
    if (isShared) {
      return;
    }
    try {
      own(session.fresh(isListener));
    } catch (IOException e) {
      throw JdkExceptions.of(e);
    }
    if (isClosed) {
      socket.close();
    }
  }

  @Override
  protected void connect(String host, int port) throws IOException {
    InetSocketAddress peer = InetSocketAddress.createUnresolved(host, port);
    connect(isByName(peer) ? peer : new InetSocketAddress(host, port), 0);
  }

  private boolean isByName(InetSocketAddress peer) {
    return resolver == Resolver.BROKER && !Addresses.isLiteral(peer.getHostString());
  }

  /** Leaves a name to the broker if it is to resolve it. A literal needs no resolver. */
  private InetSocketAddress resolved(InetSocketAddress peer) {
    boolean stays = !peer.isUnresolved() || resolver == Resolver.PROCESS || isByName(peer);
    return stays ? peer : new InetSocketAddress(peer.getHostString(), peer.getPort());
  }

  @Override
  protected void connect(InetAddress host, int port) throws IOException {
    connect(new InetSocketAddress(host, port), 0);
  }

  @Override
  protected void connect(SocketAddress peer, int millis) throws IOException {
    if (!(peer instanceof InetSocketAddress given)) {
      throw new IllegalArgumentException("Unsupported address type");
    }
    InetSocketAddress inet = resolved(given);
    boolean isByName = isByName(inet);
    if (inet.isUnresolved() && !isByName) {
      throw new UnknownHostException(inet.getHostName());
    }
    port = inet.getPort();
    try {
      if (isByName) {
        connectByName(inet.getHostString(), duration(millis));
      } else {
        connect(inet.getAddress(), duration(millis));
      }
      localport = port(open().localAddress());
    } catch (UnknownHostException e) {
      close();
      throw JdkExceptions.ofHost(e, inet.getHostString());
    } catch (IOException e) {
      close();
      closeIfInterrupted(e);
      throw JdkExceptions.ofConnect(e, "Connect timed out");
    }
  }

  private void connect(InetAddress host, Duration timeout) throws IOException {
    address = host.isAnyLocalAddress() ? InetAddress.getLocalHost() : host;
    if (!isShared) {
      open().connect(new InetSocketAddress(address, port), timeout);
      bytes = BrokeredBytes.ownOf(open());
    }
  }

  /** The address keeps the name, from which TLS takes the name of the server. */
  private void connectByName(String host, Duration timeout) throws IOException {
    open().connect(host, port, timeout);
    bytes = BrokeredBytes.ownOf(open());
    if (open().remoteAddress() instanceof InetSocketAddress peer) {
      address = InetAddress.getByAddress(host, peer.getAddress().getAddress());
    }
  }

  @Override
  protected void bind(InetAddress host, int localPort) throws IOException {
    try {
      if (name != null) {
        openOrJoin(host, localPort);
      } else if (!isShared) {
        open().bind(new InetSocketAddress(host, localPort));
      }
      // the JDK also reports the requested address
      address = host;
      localport = port(open().localAddress());
    } catch (IOException e) {
      throw JdkExceptions.of(e);
    }
  }

  /**
   * The unbound socket only collected options; the named listener is opened with the same settings.
   */
  private void openOrJoin(InetAddress host, int localPort) throws IOException {
    String literal = host.isAnyLocalAddress() ? SocketSpec.EVERYWHERE : Addresses.literal(host);
    SocketSpec spec =
        asked
            .apply(SocketSpec.tcpListen(literal, localPort))
            .name(name.name())
            .retain(name.retain());
    SharedSocket listener = session.broker().open(spec);
    SharedSocket fresh = open();
    own(listener);
    fresh.close();
    isShared = !listener.isCreated();
    if (isClosed) {
      listener.close();
    }
  }

  @Override
  protected void listen(int backlog) throws IOException {
    SharedSocket listener = open();
    if (!isShared) {
      try {
        listener.listen(backlog < 1 ? 50 : backlog);
      } catch (IOException e) {
        throw JdkExceptions.of(e);
      }
    }
    accepts = new AcceptQueue(listener);
  }

  @Override
  protected void accept(SocketImpl into) throws IOException {
    try {
      open();
      ((BrokeredSocketImpl) into).onAccepted(accepts.accept(duration(timeoutMillis)));
    } catch (IOException e) {
      throw failure(e, "Accept timed out");
    }
  }

  private void onAccepted(SharedSocket accepted) {
    own(accepted);
    bytes = BrokeredBytes.ownOf(accepted);
    Reply.Opened opened = accepted.opened();
    // a connection that was reset before it was accepted no longer has a peer in the kernel
    InetSocketAddress peer =
        Addresses.toJdk(opened.peer()) instanceof InetSocketAddress known
            ? known
            : new InetSocketAddress(0);
    address = peer.getAddress();
    port = peer.getPort();
    localport = port(Addresses.toJdk(opened.local()));
  }

  private static int port(SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getPort() : 0;
  }

  // ---- bytes

  @Override
  protected InputStream getInputStream() {
    return new Input();
  }

  @Override
  protected OutputStream getOutputStream() {
    return new Output();
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, into.length);
      if (length == 0) {
        return 0;
      }
      try {
        BrokeredBytes from = bytes();
        return isInputShut
            ? -1
            : from.receive(ByteBuffer.wrap(into, offset, length), duration(timeoutMillis));
      } catch (IOException e) {
        throw failure(e, "Read timed out");
      }
    }

    @Override
    public int available() throws IOException {
      return BrokeredSocketImpl.this.available();
    }

    @Override
    public void close() throws IOException {
      BrokeredSocketImpl.this.close();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      try {
        bytes().send(ByteBuffer.wrap(from, offset, length));
      } catch (IOException e) {
        throw failure(e, "Write timed out");
      }
    }

    @Override
    public void close() throws IOException {
      BrokeredSocketImpl.this.close();
    }
  }

  /**
   * At most {@value #AVAILABLE_MAX}, because it looks at the bytes. Like the JDK's, it hides
   * errors.
   */
  @Override
  protected int available() throws IOException {
    BrokeredBytes from = bytes();
    if (isInputShut) {
      return 0;
    }
    try {
      return from.available(AVAILABLE_MAX);
    } catch (IOException e) {
      open();
      return 0;
    }
  }

  @Override
  protected boolean supportsUrgentData() {
    return true;
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    try {
      bytes().sendUrgent(ByteBuffer.wrap(new byte[] {(byte) data}));
    } catch (IOException e) {
      throw failure(e, "Write timed out");
    }
  }

  @Override
  protected void shutdownInput() throws IOException {
    isInputShut = true;
    shutdown(Direction.RECEIVE);
  }

  @Override
  protected void shutdownOutput() throws IOException {
    shutdown(Direction.SEND);
  }

  private void shutdown(Direction how) throws IOException {
    try {
      open().shutdown(how);
    } catch (IOException e) {
      // the JDK ignores a connection that has already ended
      if (BrokerException.errnoOf(e) != Errno.ENOTCONN) {
        throw JdkExceptions.of(e);
      }
    }
  }

  // ---- options

  @Override
  protected Set<SocketOption<?>> supportedOptions() {
    return BrokeredOptions.supported(isListener);
  }

  @Override
  protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
    check(option);
    if (!option.type().isInstance(value)) {
      throw new IllegalArgumentException("Invalid value '" + value + "'");
    }
    set(option, value);
  }

  @Override
  protected <T> T getOption(SocketOption<T> option) throws IOException {
    check(option);
    return get(option);
  }

  private void check(SocketOption<?> option) {
    if (!supportedOptions().contains(Objects.requireNonNull(option, "option"))) {
      throw new UnsupportedOperationException("'" + option + "' not supported");
    }
  }

  @Override
  public void setOption(int number, Object value) throws SocketException {
    if (number == SocketOptions.SO_TIMEOUT) {
      open();
      timeoutMillis = (Integer) value;
    } else if (number == SocketOptions.SO_OOBINLINE) {
      setOobInline((Boolean) value);
    } else {
      setAny(known(number), value);
    }
  }

  private <T> void setAny(SocketOption<T> option, Object value) throws SocketException {
    // SO_LINGER is off
    Object asInteger = Boolean.FALSE.equals(value) && option.type() == Integer.class ? -1 : value;
    set(option, option.type().cast(asInteger));
  }

  private void setOobInline(boolean on) throws SocketException {
    try {
      open().setOption("SO_OOBINLINE", on);
    } catch (IOException e) {
      throw JdkExceptions.of(e);
    }
  }

  @Override
  public Object getOption(int number) throws SocketException {
    try {
      return switch (number) {
        case SocketOptions.SO_TIMEOUT -> timeoutMillis;
        case SocketOptions.SO_OOBINLINE -> open().getOption("SO_OOBINLINE");
        case SocketOptions.SO_BINDADDR -> BrokeredOptions.localHost(open());
        default -> get(known(number));
      };
    } catch (IOException e) {
      throw JdkExceptions.of(e);
    }
  }

  private static SocketOption<?> known(int number) throws SocketException {
    SocketOption<?> option = BrokeredOptions.byNumber(number);
    if (option == null) {
      throw BrokeredOptions.unknown(number);
    }
    return option;
  }

  private <T> void set(SocketOption<T> option, T value) throws SocketException {
    try {
      BrokeredOptions.set(open(), option, value);
    } catch (IOException e) {
      throw JdkExceptions.of(e);
    }
    if (name != null) {
      UnaryOperator<SocketSpec> before = asked;
      asked = spec -> before.apply(spec).option(option, value);
    }
  }

  private <T> T get(SocketOption<T> option) throws SocketException {
    try {
      return BrokeredOptions.get(open(), option);
    } catch (IOException e) {
      throw JdkExceptions.of(e);
    }
  }

  // ---- the end

  @Override
  protected void close() throws IOException {
    isClosed = true;
    SharedSocket held = socket;
    if (held != null) {
      held.close();
    }
  }

  private SharedSocket open() throws SocketException {
    SharedSocket held = socket;
    if (held == null || isClosed) {
      throw new SocketException("Socket closed");
    }
    return held;
  }

  private BrokeredBytes bytes() throws SocketException {
    open();
    return bytes;
  }

  /** Converts to the exception that the JDK throws. */
  private IOException failure(IOException thrown, String timedOut) throws IOException {
    closeIfInterrupted(thrown);
    return JdkExceptions.of(thrown, timedOut);
  }

  /**
   * As in the JDK, an interrupt of a virtual thread closes the socket. This closes the program's
   * object rather than only this one, because the program's object knows whether it is closed.
   */
  private void closeIfInterrupted(IOException thrown) throws IOException {
    if (thrown instanceof InterruptedIOException && !(thrown instanceof SocketTimeoutException)) {
      owner.close();
    }
  }

  private static Duration duration(int millis) {
    return millis == 0 ? Broker.FOREVER : Duration.ofMillis(millis);
  }
}
