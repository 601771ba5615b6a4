package dev.sockbroker.client;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketPaths;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.UntrustedBrokerException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A session with the broker. It ends when {@link #close} is called, when this process ends, or when
 * the broker ends. Its descriptors are then closed and its registrations are dropped. The tokens
 * that it made stay valid (contract, rule 14).
 *
 * <p>Any thread may call any method. {@link SharedSocket} describes the blocking and asynchronous
 * forms, interrupts, times and errors; the same applies here.
 */
public final class Broker implements AutoCloseable {
  /** Waits or retains without a time limit. */
  public static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final Session session;
  private final Reply.Welcome welcome;

  private Broker(Session session, Reply.Welcome welcome) {
    this.session = session;
    this.welcome = welcome;
  }

  /**
   * Connects to the user's broker. Its path is {@code SOCKBROKER_SOCKET} if that is set. Otherwise
   * it is {@code /run/sockbroker/broker.sock} for root and {@code
   * $XDG_RUNTIME_DIR/sockbroker/broker.sock} for other users, or {@code
   * /tmp/sockbroker-UID/broker.sock} if that variable is not set. A user without a broker connects
   * to {@code /run/sockbroker/broker.sock} if permitted.
   *
   * @throws ConnectException if no broker listens there
   */
  public static Broker connect() throws IOException {
    return builder().connect();
  }

  /**
   * Connects to the broker at a path.
   *
   * @throws ConnectException if no broker listens there
   */
  public static Broker connect(Path socket) throws IOException {
    return builder().socket(socket).connect();
  }

  /** Returns a builder with the defaults of {@link #connect()}. */
  public static Builder builder() {
    return new Builder();
  }

  /** The settings of a connection. Only one thread at a time may use it. */
  public static final class Builder {
    private Path socket;
    private String clientName = DefaultClientName.get();
    private Executor executor = DefaultExecutor.get();
    private Thread.UncaughtExceptionHandler handler;
    private boolean administrator;
    private Lifetime lifetime = Lifetime.CONNECTION;
    private Duration connectTimeout = Duration.ofSeconds(30);

    private Builder() {}

    /**
     * Sets the path of the broker's socket. The default is the path of {@link Broker#connect()}.
     */
    public Builder socket(Path path) {
      socket = Objects.requireNonNull(path, "path");
      return this;
    }

    /**
     * Sets the name of this client in the broker's list: at most 255 characters and no control
     * characters; otherwise {@link #connect} fails with EINVAL. The default is the program's main
     * class or jar.
     */
    public Builder clientName(String name) {
      clientName = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Sets where callbacks run and futures complete. The default is a small pool of daemon threads
     * that all sessions of this JVM share. Blocking calls never need a free thread of this
     * executor. If the executor runs a task on the thread that submits it, a callback must not make
     * blocking calls.
     */
    public Builder executor(Executor runsCallbacks) {
      executor = Objects.requireNonNull(runsCallbacks, "runsCallbacks");
      return this;
    }

    /**
     * Sets what gets an exception that a callback throws, also from a callback that runs on the
     * library's own thread. It runs on the callback's thread; what it throws itself is ignored. The
     * session goes on, and so do its other callbacks. The default is the handler of that thread,
     * which normally prints the stack trace. An exception of a function that was chained to a
     * future goes to that chain's future instead, as always.
     */
    public Builder uncaughtExceptionHandler(Thread.UncaughtExceptionHandler getsExceptions) {
      handler = Objects.requireNonNull(getsExceptions, "getsExceptions");
      return this;
    }

    /**
     * Asks for an administrator's session. Only root and the broker's own user may have one; for
     * others {@link #connect} fails with EPERM (rule 52). The default is false.
     */
    public Builder administrator(boolean asked) {
      administrator = asked;
      return this;
    }

    /**
     * Sets what ends the session. The default is {@link Lifetime#CONNECTION}: the session ends with
     * its connection or its process, whichever ends first (rule 14).
     */
    public Builder lifetime(Lifetime of) {
      lifetime = Objects.requireNonNull(of, "of");
      return this;
    }

    /**
     * Sets how long the broker may take to answer the first request, to the nanosecond. The default
     * is 30 s, because the next broker answers if this one is killed. {@link Broker#FOREVER} is
     * allowed.
     *
     * @throws IllegalArgumentException if the time is negative
     */
    public Builder connectTimeout(Duration timeout) {
      Timeouts.millis(timeout);
      connectTimeout = timeout;
      return this;
    }

    /**
     * Connects and opens the session.
     *
     * @throws ConnectException if no broker listens there
     * @throws UntrustedBrokerException if the listening process is not trusted: its user is not
     *     this process's user, root, or the owner of a directory that nobody else could create or
     *     write to
     * @throws BrokerException EPERM if an administrator's session is refused
     * @throws SocketTimeoutException if the broker does not answer in time
     */
    public Broker connect() throws IOException {
      Path path = socket == null ? SocketPaths.clientPath() : socket;
      Session session = open(path);
      try {
        Request hello =
            new Request.Hello(List.of(Message.VERSION), clientName, administrator, lifetime);
        return new Broker(session, session.hello(hello, connectTimeout));
      } catch (BrokerException | InterruptedIOException | RuntimeException e) {
        session.close();
        throw e;
      } catch (IOException e) {
        session.close();
        throw failed("what listens at " + path + " is not a broker, or is stopping", e);
      }
    }

    private static ConnectException failed(String words, IOException cause) {
      ConnectException failed = new ConnectException(words + ": " + cause.getMessage());
      failed.initCause(cause);
      return failed;
    }

    private Session open(Path path) throws IOException {
      try {
        return Session.open(path, executor, handler);
      } catch (UntrustedBrokerException e) {
        throw e;
      } catch (IOException e) {
        throw failed("no broker at " + path + "; start one with 'sockbroker serve'", e);
      }
    }
  }

  // ---- the session

  /** The session's id, 1 or more. The broker never uses it again while it runs. */
  public long session() {
    return welcome.session();
  }

  /**
   * This process's pid as the broker sees it. It is 0 if this process is in another pid namespace.
   */
  public int pid() {
    return welcome.pid();
  }

  /** This process's uid as the broker sees it. */
  public long uid() {
    return welcome.uid();
  }

  /** Whether this is an administrator's session (rules 52 and 53). */
  public boolean isAdministrator() {
    return welcome.administrator();
  }

  /** The version of the broker program, as {@code sockbroker version} prints it. */
  public String version() {
    return welcome.broker();
  }

  /** The limits of this session (rule 20). */
  public SessionLimits limits() {
    return Infos.of(welcome.limits());
  }

  /** Waits until the broker has processed every earlier request of this session. */
  public void ping() throws IOException {
    session.call(Operation.plain(new Request.Ping(), null));
  }

  /**
   * Completes on the executor when the session has ended, whatever the reason. It is meant for
   * programs that use only callbacks and have no call waiting.
   */
  public CompletableFuture<Void> ended() {
    return session.ended().thenRunAsync(() -> {}, session.executor());
  }

  boolean isEnded() {
    return session.ended().isDone();
  }

  /**
   * Ends the session and closes its descriptors. Waiting calls fail with {@link
   * java.nio.channels.AsynchronousCloseException}, later calls with {@link
   * java.nio.channels.ClosedChannelException}. A second close has no effect.
   */
  @Override
  public void close() {
    session.close();
  }

  // ---- sockets

  /**
   * Makes a new socket, or joins the existing one if the spec has a name that is in use (rule 18).
   * A socket that connects is connected when this method returns.
   *
   * @throws UnknownHostException if the host name cannot be resolved
   * @throws java.net.BindException if the address is in use, or if the name belongs to a socket of
   *     another kind or address
   * @throws ConnectException if the peer refuses the connection
   * @throws BrokerException EPERM if the name grants no join rights or belongs to another user;
   *     EINVAL or ENOPROTOOPT for an option that is not valid; EINVAL for such a name; EMFILE,
   *     EDQUOT or ENFILE at a limit (rule 20)
   */
  public SharedSocket open(SocketSpec spec) throws IOException {
    SocketSpec.Requests requests = spec.requests();
    SharedSocket socket = session.call(opening(requests));
    if (requests.connect() != null && socket.isCreated()) {
      try {
        session.call(connecting(socket, requests.connect()));
      } catch (IOException | RuntimeException e) {
        abandon(socket, spec);
        throw e;
      }
    }
    return socket;
  }

  /** Keeps a socket that failed to connect from staying behind under its name. */
  private static void abandon(SharedSocket socket, SocketSpec spec) throws IOException {
    try (socket) {
      if (spec.name().isPresent()) {
        socket.unname();
      }
    }
  }

  /** The asynchronous form of {@link #open}. It resolves the host name before it returns. */
  public CompletableFuture<SharedSocket> openAsync(SocketSpec spec) {
    SocketSpec.Requests requests;
    try {
      requests = spec.requests();
    } catch (UnknownHostException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<SharedSocket> opened = session.callAsync(opening(requests));
    return requests.connect() == null
        ? opened
        : opened.thenCompose(socket -> connected(socket, requests));
  }

  private CompletableFuture<SharedSocket> connected(
      SharedSocket socket, SocketSpec.Requests requests) {
    if (!socket.isCreated()) {
      return CompletableFuture.completedFuture(socket);
    }
    return session
        .callAsync(connecting(socket, requests.connect()))
        .handle(
            (done, failure) ->
                failure == null
                    ? CompletableFuture.completedFuture(socket)
                    : abandonAsync(socket, requests)
                        .thenCompose(
                            closed -> CompletableFuture.<SharedSocket>failedFuture(failure)))
        .thenCompose(Function.identity());
  }

  private CompletableFuture<Void> abandonAsync(SharedSocket socket, SocketSpec.Requests requests) {
    if (requests.open().name() != null) {
      session.callAsync(Operation.plain(unnaming(socket), socket));
    }
    return socket.closeAsync();
  }

  private static Request unnaming(SharedSocket socket) {
    return Request.Name.none(socket.id());
  }

  private static Operation<Void> connecting(SharedSocket socket, Address address) {
    return socket.connecting(address, Request.FOREVER);
  }

  private Operation<SharedSocket> opening(SocketSpec.Requests requests) {
    return session.opening(requests.open(), requests.open().name());
  }

  /** Administrators may write an id in the place of the name. */
  private Operation<SharedSocket> attaching(String name, boolean joinOthers) {
    boolean isId = name.matches("[sd][0-9]+");
    return session.opening(new Request.Attach(name, joinOthers), isId ? null : name);
  }

  /**
   * Makes a new socket that is neither bound nor connected (socket(2)).
   *
   * @throws BrokerException EMFILE, EDQUOT or ENFILE at a limit (rule 20)
   */
  public SharedSocket socket(Family family, SocketType type) throws IOException {
    return socket(family, type, null);
  }

  /**
   * @param options by the kernel's names; null for the kernel's defaults
   */
  SharedSocket socket(Family family, SocketType type, Map<String, Object> options)
      throws IOException {
    return session.call(
        session.opening(
            new Request.Open(family, type, 0, null, null, options, null, 0, null, null)));
  }

  /**
   * Joins a named socket of this user (rule 18).
   *
   * @throws BrokerException ENOENT if no socket has this name; EPERM if the name grants no join
   *     rights or belongs to another user
   */
  public SharedSocket attach(String name) throws IOException {
    return session.call(attaching(name, false));
  }

  /**
   * Joins a named socket (rule 18).
   *
   * @param joinOthers whether to accept a name that belongs to another user. That user decides what
   *     the socket is and who else receives from it.
   * @throws BrokerException ENOENT if no socket has this name; EPERM if the name grants no join
   *     rights
   */
  public SharedSocket attach(String name, boolean joinOthers) throws IOException {
    return session.call(attaching(name, joinOthers));
  }

  /** The asynchronous form of {@link #attach(String)}. */
  public CompletableFuture<SharedSocket> attachAsync(String name) {
    return session.callAsync(attaching(name, false));
  }

  /**
   * Turns a token into a descriptor of this session. A token works only once (rules 5-7).
   *
   * @throws BrokerException EINVAL if the token is unknown, used, expired, or meant for another
   *     target; the error does not say which
   */
  public SharedSocket redeem(DescriptorToken token) throws IOException {
    return session.call(session.opening(new Request.Redeem(token.text())));
  }

  /** The asynchronous form of {@link #redeem}. */
  public CompletableFuture<SharedSocket> redeemAsync(DescriptorToken token) {
    return session.callAsync(session.opening(new Request.Redeem(token.text())));
  }

  /**
   * Invalidates an unredeemed token that this session made (rule 9).
   *
   * @throws BrokerException EINVAL if the token is unknown, used, or another session's
   */
  public void revoke(DescriptorToken token) throws IOException {
    session.call(Operation.plain(new Request.RevokeToken(token.text()), null));
  }

  /**
   * Takes a descriptor away from its holder. Only administrators may do this.
   *
   * @param id of the descriptor, as in {@link DescriptorInfo#id}
   * @throws BrokerException EPERM if this is not an administrator's session; EBADF if there is no
   *     such descriptor (rule 13); EBUSY if its raw fd was exported and others hold the socket
   */
  public void revokeDescriptor(long id) throws IOException {
    revokeDescriptor(id, false);
  }

  /**
   * Takes a descriptor away from its holder. Only administrators may do this.
   *
   * @param id of the descriptor, as in {@link DescriptorInfo#id}
   * @param force whether to shut down an exported socket even if others hold it
   * @throws BrokerException EPERM if this is not an administrator's session; EBADF if there is no
   *     such descriptor (rule 13)
   */
  public void revokeDescriptor(long id, boolean force) throws IOException {
    session.call(Operation.plain(new Request.RevokeDescriptor(id, force), null));
  }

  /**
   * Lists the descriptors and sockets that this session may see (rule 52). There is one row for
   * each descriptor, and one with id 0 for each socket without a holder. The rows are in order of
   * socket id. A long list arrives in pages, so it is not a snapshot of one moment.
   */
  public List<DescriptorInfo> list() throws IOException {
    List<DescriptorInfo> rows = new ArrayList<>();
    Reply.Listing page;
    long socket = 0;
    long descriptor = 0;
    do {
      page = page(socket, descriptor, rows);
      socket = page.afterSocket();
      descriptor = page.afterDescriptor();
    } while (page.more());
    return rows;
  }

  private Reply.Listing page(long afterSocket, long afterDescriptor, List<DescriptorInfo> rows)
      throws IOException {
    Request request =
        new Request.ListDescriptors(afterSocket, afterDescriptor, null, null, null, null, null);
    return session.call(
        new Operation<>(
            request,
            null,
            null,
            (reply, payload) -> {
              Reply.Listing page = (Reply.Listing) reply;
              rows.addAll(Infos.descriptors(page.rows()));
              return page;
            }));
  }

  /**
   * Returns everything about one socket that this session may see (rule 52), with its holders,
   * tokens and options.
   *
   * @param id the socket's name, {@code s17} for the socket 17, or {@code d42} for the socket of
   *     the descriptor 42; text that has the form of an id is an id
   * @throws BrokerException ENOENT if there is no such socket, or if this session may not see it
   */
  public SocketDetails show(String id) throws IOException {
    return session.call(
        new Operation<>(
            new Request.Show(id), null, null, (reply, payload) -> Infos.of((Reply.Shown) reply)));
  }

  // ---- event objects

  /**
   * Makes an event object. It is not set at first (rule 42).
   *
   * @throws BrokerException EMFILE, EDQUOT or ENFILE at a limit (rule 20)
   */
  public EventObject createEvent() throws IOException {
    return session.call(EventObject.creating(session));
  }

  /**
   * Waits until at least one of the objects is set (rule 42).
   *
   * @param objects at least one, all of this session
   * @param timeout the longest wait; zero checks without waiting; {@link #FOREVER} is allowed
   * @return the objects that are set
   * @throws SocketTimeoutException if none is set within that time
   * @throws BrokerException EINVAL without objects, or if one is closed; ECANCELED if one is closed
   *     meanwhile
   */
  public Set<EventObject> awaitAny(Collection<EventObject> objects, Duration timeout)
      throws IOException {
    return session.call(waiting(objects, false, timeout));
  }

  /**
   * Waits until all of the objects are set at the same time (rule 42).
   *
   * @param objects as in {@link #awaitAny}
   * @param timeout as in {@link #awaitAny}
   * @return all of the objects
   * @throws SocketTimeoutException if they are not all set within that time
   * @throws BrokerException as in {@link #awaitAny}
   */
  public Set<EventObject> awaitAll(Collection<EventObject> objects, Duration timeout)
      throws IOException {
    return session.call(waiting(objects, true, timeout));
  }

  /** The asynchronous form of {@link #awaitAny}, without a time limit. */
  public CompletableFuture<Set<EventObject>> awaitAnyAsync(EventObject... objects) {
    return session.callAsync(waiting(Arrays.asList(objects), false, FOREVER));
  }

  private static Operation<Set<EventObject>> waiting(
      Collection<EventObject> objects, boolean all, Duration timeout) {
    Map<Long, EventObject> byId =
        objects.stream().distinct().collect(Collectors.toMap(EventObject::id, Function.identity()));
    return new Operation<>(
        new Request.WaitEvents(List.copyOf(byId.keySet()), all, Timeouts.millis(timeout)),
        null,
        null,
        (reply, payload) ->
            ((Reply.Signalled) reply)
                .objects().stream().map(byId::get).collect(Collectors.toSet()));
  }

  @Override
  public String toString() {
    return "Broker[session " + session() + "]";
  }
}
