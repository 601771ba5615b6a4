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
 * A session with the broker. It ends with {@link #close}, with this process, or with the broker;
 * then all its descriptors are closed and its registrations dropped, while its tokens stay
 * (contract, rule 14).
 *
 * <p>Safe for any thread. What {@link SharedSocket} says of the two forms, of interrupts and of
 * errors holds here too.
 */
public final class Broker implements AutoCloseable {
  /** Waits, or retains, for ever. */
  public static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final Session session;
  private final Reply.Welcome welcome;

  private Broker(Session session, Reply.Welcome welcome) {
    this.session = session;
    this.welcome = welcome;
  }

  /**
   * Connects to the user's broker: {@code SOCKBROKER_SOCKET} if it is set; for root {@code
   * /run/sockbroker/broker.sock}; else {@code $XDG_RUNTIME_DIR/sockbroker/broker.sock}, without
   * such a directory {@code /tmp/sockbroker-UID/broker.sock}.
   *
   * @throws ConnectException if no broker is there
   */
  public static Broker connect() throws IOException {
    return builder().connect();
  }

  /**
   * Connects to the broker at a path.
   *
   * @throws ConnectException if no broker is there
   */
  public static Broker connect(Path socket) throws IOException {
    return builder().socket(socket).connect();
  }

  /** For everything that has a default. */
  public static Builder builder() {
    return new Builder();
  }

  /** How to connect. Not safe for several threads. */
  public static final class Builder {
    private Path socket;
    private String clientName = DefaultClientName.get();
    private Executor executor = DefaultExecutor.get();
    private boolean administrator;
    private Lifetime lifetime = Lifetime.CONNECTION;
    private Duration connectTimeout = Duration.ofSeconds(10);

    private Builder() {}

    /** Where the broker listens; else as {@link Broker#connect()} says. */
    public Builder socket(Path path) {
      socket = Objects.requireNonNull(path, "path");
      return this;
    }

    /** What the broker's list calls this client; else the program's main class or jar. */
    public Builder clientName(String name) {
      clientName = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Where callbacks run and futures complete; else a few daemon threads that all sessions of this
     * JVM share. Blocking calls never need a free thread of it. One that runs tasks in place, on
     * the thread that hands them over, makes blocking calls impossible in callbacks.
     */
    public Builder executor(Executor runsCallbacks) {
      executor = Objects.requireNonNull(runsCallbacks, "runsCallbacks");
      return this;
    }

    /** Asks for an administrator's session: EPERM but for root and the broker's own user. */
    public Builder administrator(boolean asked) {
      administrator = asked;
      return this;
    }

    /** What ends the session; else the end of the connection or of the process. */
    public Builder lifetime(Lifetime of) {
      lifetime = Objects.requireNonNull(of, "of");
      return this;
    }

    /** How long the broker may take to answer the first request; else 10 s. */
    public Builder connectTimeout(Duration timeout) {
      Timeouts.millis(timeout);
      connectTimeout = timeout;
      return this;
    }

    /**
     * Connects and says hello.
     *
     * @throws ConnectException if no broker is there
     * @throws UntrustedBrokerException if who listens there is neither this process's user, nor
     *     root, nor the owner of a directory that nobody else could make or write to
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
        throw failed("what listens at " + path + " is no broker, or is just ending", e);
      }
    }

    private static ConnectException failed(String words, IOException cause) {
      ConnectException failed = new ConnectException(words + ": " + cause.getMessage());
      failed.initCause(cause);
      return failed;
    }

    private Session open(Path path) throws IOException {
      try {
        return Session.open(path, executor);
      } catch (UntrustedBrokerException e) {
        throw e;
      } catch (IOException e) {
        throw failed("no broker at " + path + "; start one with 'sockbroker serve'", e);
      }
    }
  }

  // ---- the session

  /** Its id, never used again in the broker's life. */
  public long session() {
    return welcome.session();
  }

  /** This process as the broker sees it; 0 from another pid namespace. */
  public int pid() {
    return welcome.pid();
  }

  /** This process's user as the broker sees it. */
  public long uid() {
    return welcome.uid();
  }

  public boolean isAdministrator() {
    return welcome.administrator();
  }

  /** The broker's own version. */
  public String version() {
    return welcome.broker();
  }

  /** How much this session may have at a time (rule 20). */
  public Reply.Limits limits() {
    return welcome.limits();
  }

  /** Returns when the broker has seen all that was asked before. */
  public void ping() throws IOException {
    session.call(Operation.plain(new Request.Ping(), null));
  }

  /**
   * Completes when the session is over, whoever ended it; on the executor. For programs that live
   * on callbacks and wait in no call.
   */
  public CompletableFuture<Void> ended() {
    return session.ended().thenRunAsync(() -> {}, session.executor());
  }

  boolean isEnded() {
    return session.ended().isDone();
  }

  /**
   * Ends the session: its descriptors are closed, calls that wait fail with {@link
   * java.nio.channels.AsynchronousCloseException} and later ones with {@link
   * java.nio.channels.ClosedChannelException}. A second close does nothing.
   */
  @Override
  public void close() {
    session.close();
  }

  // ---- sockets

  /**
   * Makes the socket, or joins the one of that name (rule 18). One that connects is connected when
   * this returns.
   *
   * @throws UnknownHostException if nobody knows the host
   * @throws java.net.BindException if the address is taken, or the name by another kind of socket
   */
  public SharedSocket open(SocketSpec spec) throws IOException {
    SocketSpec.Requests requests = spec.requests();
    SharedSocket socket = session.call(session.opening(requests.open()));
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

  /** A socket that could not be connected is not left behind under its name. */
  private static void abandon(SharedSocket socket, SocketSpec spec) throws IOException {
    try (socket) {
      if (spec.name().isPresent()) {
        socket.unname();
      }
    }
  }

  /** As {@link #open}; the host is looked up before this returns. */
  public CompletableFuture<SharedSocket> openAsync(SocketSpec spec) {
    SocketSpec.Requests requests;
    try {
      requests = spec.requests();
    } catch (UnknownHostException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<SharedSocket> opened = session.callAsync(session.opening(requests.open()));
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
    return Operation.plain(new Request.Connect(socket.id(), address, Request.FOREVER), socket);
  }

  /** A fresh socket: not bound, not connected. */
  public SharedSocket socket(Family family, SocketType type) throws IOException {
    return socket(family, type, null);
  }

  /**
   * @param options by the kernel's names; null for none
   */
  SharedSocket socket(Family family, SocketType type, Map<String, Object> options)
      throws IOException {
    return session.call(
        session.opening(
            new Request.Open(family, type, 0, null, null, options, null, 0, null, null)));
  }

  /**
   * Joins the socket of that name, which belongs to this user (rule 18).
   *
   * @throws BrokerException ENOENT if there is none, EPERM without join rights, or if the name
   *     belongs to another user
   */
  public SharedSocket attach(String name) throws IOException {
    return session.call(session.opening(new Request.Attach(name)));
  }

  /**
   * Joins the socket of that name.
   *
   * @param joinOthers also if the name belongs to another user, who decides what the socket is and
   *     who else receives from it
   * @throws BrokerException ENOENT if there is none, EPERM without join rights
   */
  public SharedSocket attach(String name, boolean joinOthers) throws IOException {
    return session.call(session.opening(new Request.Attach(name, joinOthers)));
  }

  public CompletableFuture<SharedSocket> attachAsync(String name) {
    return session.callAsync(session.opening(new Request.Attach(name)));
  }

  /**
   * Turns a token into a descriptor of this session, once (rules 5-7).
   *
   * @throws BrokerException EINVAL if it is unknown, used, expired, or another's: they read the
   *     same
   */
  public SharedSocket redeem(DescriptorToken token) throws IOException {
    return session.call(session.opening(new Request.Redeem(token.text())));
  }

  public CompletableFuture<SharedSocket> redeemAsync(DescriptorToken token) {
    return session.callAsync(session.opening(new Request.Redeem(token.text())));
  }

  /** Ends a token that this session made and that is not redeemed (rule 9). */
  public void revoke(DescriptorToken token) throws IOException {
    session.call(Operation.plain(new Request.RevokeToken(token.text()), null));
  }

  /**
   * Takes a descriptor from whoever holds it; for administrators.
   *
   * @throws BrokerException EBUSY if its raw fd is out and others hold the socket
   */
  public void revokeDescriptor(long id) throws IOException {
    revokeDescriptor(id, false);
  }

  /**
   * The same.
   *
   * @param force if its raw fd is out the socket is shut down, though others hold it, too
   */
  public void revokeDescriptor(long id, boolean force) throws IOException {
    session.call(Operation.plain(new Request.RevokeDescriptor(id, force), null));
  }

  /**
   * Who holds what, in the whole broker: one row for each descriptor, and one with id 0 for each
   * socket that nobody holds. In order of the sockets' ids; not one moment's picture, since a long
   * list comes in pages.
   */
  public List<Reply.DescriptorInfo> list() throws IOException {
    List<Reply.DescriptorInfo> rows = new ArrayList<>();
    Reply.Listing page;
    long socket = 0;
    long descriptor = 0;
    do {
      page = page(socket, descriptor);
      if (page.rows() != null) {
        rows.addAll(page.rows());
      }
      socket = page.afterSocket();
      descriptor = page.afterDescriptor();
    } while (page.more());
    return rows;
  }

  private Reply.Listing page(long afterSocket, long afterDescriptor) throws IOException {
    Request request =
        new Request.ListDescriptors(afterSocket, afterDescriptor, null, null, null, null, null);
    return session.call(
        new Operation<>(request, null, null, (reply, payload) -> (Reply.Listing) reply));
  }

  // ---- event objects

  /** A new event object, not set. */
  public EventObject createEvent() throws IOException {
    return session.call(EventObject.creating(session));
  }

  /**
   * Waits until one of the objects is set.
   *
   * @param timeout at most this long; zero looks and does not wait; {@link #FOREVER}
   * @return those that are set
   * @throws SocketTimeoutException if none was set within that time
   */
  public Set<EventObject> awaitAny(Collection<EventObject> objects, Duration timeout)
      throws IOException {
    return session.call(waiting(objects, false, timeout));
  }

  /** Waits until all of the objects are set at the same time. */
  public Set<EventObject> awaitAll(Collection<EventObject> objects, Duration timeout)
      throws IOException {
    return session.call(waiting(objects, true, timeout));
  }

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
