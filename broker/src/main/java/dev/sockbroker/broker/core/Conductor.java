package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.broker.state.SavedProcess;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.broker.state.SavedToken;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owns all state. Every request and every end of a session enters here. Loop thread only. */
public final class Conductor {
  private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);

  private final Environment environment;
  private final Turn turn;
  private final Changes changes;
  final Watchers watchers;
  private final AuditTrail audit;
  private final Authority authority;
  final Processes processes;
  final SocketTable sockets;
  final TokenTable tokens;
  final OpenHandler open;
  final SocketHandler socket;
  final DataHandler data;
  private final OptionHandler options;
  final EventObjectHandler eventObjects;
  private final RegistrationHandler registrations;
  private final TokenHandler token;
  final HeldQueues held;
  final RingHandler rings;
  final StreamHandler streams;
  private final ListHandler list;
  private final SessionHandler session;
  private final ExportHandler export;
  final Upgrades upgrades;
  final Recoveries recoveries;
  private final Reloads reloads;
  private final Violations violations;
  private final PolicyHandler policy;
  final SessionTable sessions;
  private final Accounts accounts;
  private final RequestCounts requests;
  private final Reports reports;
  private final NamesHandler names;
  private final Measuring measuring;
  private final EndedSessions endedSessions;
  final Pool<Call> calls;

  /** What another broker had not answered. */
  final List<DeferredReply> restoredReplies = new ArrayList<>();

  private final long startedNanos;

  public Conductor(Environment environment) {
    this(environment, environment.timers().nanoTime());
  }

  /**
   * @param startedNanos when the broker started, on the clock of the timers
   */
  Conductor(Environment environment, long startedNanos) {
    this.environment = environment;
    this.startedNanos = startedNanos;
    changes = new Changes(environment.ledger(), environment.loop(), this::lastIds);
    turn = new Turn(environment.loop(), changes, this::onTurnFailed);
    watchers = new Watchers(environment);
    audit = new AuditTrail(environment, watchers);
    requests = new RequestCounts();
    calls = new Pool<>(pool -> new Call(pool, audit, requests));
    authority = new Authority(environment, audit);
    Rates rates = new Rates(environment);
    processes = new Processes(environment.kernel(), changes);
    sockets = new SocketTable(environment, watchers, changes);
    tokens = new TokenTable(environment, sockets, watchers, processes, changes);
    open = new OpenHandler(environment, sockets, authority, rates);
    data = new DataHandler(environment, authority);
    options = new OptionHandler(authority);
    eventObjects = new EventObjectHandler(environment, sockets);
    registrations = new RegistrationHandler(sockets, eventObjects);
    accounts = new Accounts(environment);
    endedSessions = new EndedSessions(environment.timers()::nanoTime);
    sessions =
        new SessionTable(
            environment, accounts, turn, watchers, sockets, tokens, endedSessions, changes);
    held = new HeldQueues(environment.loop(), this::handle);
    rings = new RingHandler(environment, held, authority, sessions::end);
    streams = new StreamHandler(environment, held, authority, changes);
    socket = new SocketHandler(environment, sockets, streams, authority);
    session = new SessionHandler(environment, sessions, accounts, watchers, rates);
    token = new TokenHandler(environment, sockets, tokens, sessions::get, authority);
    list = new ListHandler(environment, sockets);
    export = new ExportHandler(sockets, authority);
    upgrades = new Upgrades(environment, sockets, watchers);
    recoveries = new Recoveries(environment, watchers);
    violations = new Violations(environment, sockets, tokens, authority);
    reloads = new Reloads(environment, accounts, sessions, violations, upgrades, watchers);
    reports = new Reports(environment, sockets, upgrades);
    sessions.onReleased(reports::onEnded);
    upgrades.after(reloads::isReading, reloads::resume);
    upgrades.before(reports::giveUp);
    names = new NamesHandler(environment, sockets);
    measuring =
        new Measuring(environment, sockets, accounts, requests, audit, reloads, this::brokerInfo);
    policy = new PolicyHandler(environment);
    environment.kernel().followLinks(!environment.terms().policy().isPresent());
  }

  private Ledger.Ids lastIds() {
    return new Ledger.Ids(
        startedNanos,
        sessions.lastId(),
        sockets.lastSocket(),
        sockets.lastDescriptor(),
        tokens.lastToken(),
        eventObjects.lastObject());
  }

  /** What has changed since it was last written to the ledger. */
  public Changes changes() {
    return changes;
  }

  /** The log of sessions that the broker ends. Each such end must be reported there. */
  public EndedSessions endedSessions() {
    return endedSessions;
  }

  /** What outlives this process, and what it has continued. */
  public Recoveries recoveries() {
    return recoveries;
  }

  /** The upgrades of this broker. */
  public Upgrades upgrades() {
    return upgrades;
  }

  /** The reports about this broker. */
  public Reports reports() {
    return reports;
  }

  /**
   * Collects everything that is counted.
   *
   * @param done gets it on the loop, in this task or a later one
   */
  public void measure(Consumer<Measures> done) {
    assert environment.onLoop().getAsBoolean();
    measuring.measure(done);
  }

  /** The reloads of the configuration. */
  public Reloads reloads() {
    return reloads;
  }

  /**
   * Begins a session for a client that has connected.
   *
   * @throws RefusedException ENFILE if there are too many
   */
  public Session onConnected(Identity identity, SessionProxy proxy) {
    assert environment.onLoop().getAsBoolean();
    return sessions.begin(identity, proxy);
  }

  /**
   * Uses up the key of a stream.
   *
   * @param shownBy the process that has sent it
   * @return takes over the connection that sent it, and what it has sent behind the key; null if
   *     the key is unknown, used or belongs to another process
   */
  public BiConsumer<KernelSocket, ByteBuf> onStreamHello(String key, Identity shownBy) {
    StreamLane stream = streams.keys().use(key, shownBy);
    return stream == null
        ? null
        : (connection, early) -> streams.connect(stream, connection, early);
  }

  /**
   * Handles a request. Any failure becomes its error reply.
   *
   * @param payload remains the caller's
   */
  public void onRequest(
      Session session, long requestId, long descriptor, Request request, ByteBuf payload) {
    assert environment.onLoop().getAsBoolean();
    session.onRequest(environment.timers().nanoTime());
    Call call = calls.take().of(session, requestId, descriptor, request);
    environment.ledger().onBehalfOf(session.id(), requestId);
    try {
      holdOrDispatch(call, payload);
    } catch (RuntimeException e) {
      // A new call, because the former one may already be reused for another request.
      refuse(calls.take().of(session, requestId, descriptor, request), e);
    }
    environment.ledger().onBehalfOf(0, 0);
    changes.commitRequest();
  }

  /**
   * Saves everything that another broker needs to continue. Changes nothing. No accept may run
   * outside the loop, and all tasks of this turn must be over.
   *
   * @param saving with which the deliveries on their way were saved before
   */
  public SavedBroker save(Saving saving) {
    assert environment.onLoop().getAsBoolean();
    List<SavedToken> savedTokens = tokens.save(saving);
    List<SavedSocket> savedSockets = sockets.save(saving);
    List<SavedDescriptor> savedDescriptors = sockets.saveDescriptors(saving);
    List<SavedProcess> savedProcesses = saving.processes();
    return new SavedBroker(
        startedNanos,
        sessions.lastId(),
        sockets.lastSocket(),
        sockets.lastDescriptor(),
        tokens.lastToken(),
        eventObjects.lastObject(),
        sessions.save(saving),
        savedSockets,
        savedDescriptors,
        savedProcesses,
        savedTokens);
  }

  /** Begins again what a killed broker had not answered, now that this one can do it. */
  public void resume() {
    assert environment.onLoop().getAsBoolean();
    for (DeferredReply reply : restoredReplies) {
      Call call = reply.again();
      if (call != null) {
        handle(call);
        turn.touch(call.session());
      }
    }
    restoredReplies.clear();
  }

  /** Handles a request that waited. Such requests have no payload. */
  private void handle(Call call) {
    try {
      dispatch(call, call.request(), Unpooled.EMPTY_BUFFER);
    } catch (RuntimeException e) {
      refuse(call, e);
    }
  }

  /**
   * Holds a request behind bytes of the descriptor's lane if the request says so (rule 25), else
   * dispatches it. Requests that move bytes are never held; they are refused while there is a lane.
   */
  private void holdOrDispatch(Call call, ByteBuf payload) {
    Descriptor descriptor = call.session().descriptors.get(call.descriptor());
    HeldRequests held = descriptor == null ? null : descriptor.held();
    Long position =
        switch (call.request()) {
          case Request.SetOption it -> it.position();
          case Request.Shutdown it -> it.position();
          default -> null;
        };
    if (held != null && !movesBytes(call.request()) && held.holds(position)) {
      descriptor.use();
      held.hold(call, position);
    } else {
      dispatch(call, call.request(), payload);
    }
  }

  private static boolean movesBytes(Request request) {
    return request instanceof Request.Send
        || request instanceof Request.SendMore
        || request instanceof Request.Receive;
  }

  private static void refuse(Call call, RuntimeException why) {
    if (why instanceof RefusedException refused) {
      call.refuse(refused);
    } else {
      LOG.error("{} of {} failed", call.what(), call.session(), why);
      call.refuse(errorInside());
    }
  }

  private void dispatch(Call call, Request request, ByteBuf payload) {
    switch (request) {
      case Request.Hello it -> session.onHello(call, it);
      case Request.Ping it -> call.reply(new Reply.Done());
      case Request.NewFdKey it -> session.onNewFdKey(call);
      case Request.FdHello it -> throw SessionHandler.ofAnotherConnection();
      case Request.Open it -> open.onOpen(call, it);
      case Request.Attach it -> open.onAttach(call, it);
      case Request.Name it -> open.onName(call, it);
      case Request.Bind it -> socket.onBind(call, it);
      case Request.Listen it -> socket.onListen(call, it);
      case Request.Connect it -> socket.onConnect(call, it);
      case Request.Accept it -> socket.onAccept(call, it);
      case Request.Shutdown it -> socket.onShutdown(call, it);
      case Request.Close it -> socket.onClose(call, it);
      case Request.GetAddresses it -> socket.onGetAddresses(call, it);
      case Request.RevokeDescriptor it -> socket.onRevoke(call, it);
      case Request.Send it -> data.onSend(call, it, payload);
      case Request.SendMore it -> data.onSendMore(call.session(), call.requestId(), payload);
      case Request.Receive it -> data.onReceive(call, it);
      case Request.Export it -> export.onExport(call, it);
      case Request.AttachRing it -> rings.onAttach(call, it);
      case Request.DetachRing it -> rings.onDetach(call, it);
      case Request.AttachStream it -> streams.onAttach(call, it);
      case Request.DetachStream it -> streams.onDetach(call, it);
      case Request.StreamHello it -> throw SessionHandler.ofAnotherConnection();
      case Request.GetOption it -> options.onGet(call, it);
      case Request.SetOption it -> options.onSet(call, it);
      case Request.ListOptions it -> options.onList(call, it);
      case Request.AsyncSelect it -> registrations.onAsyncSelect(call, it);
      case Request.EventSelect it -> registrations.onEventSelect(call, it);
      case Request.EnumNetworkEvents it -> registrations.onEnumerate(call, it);
      case Request.Rearm it -> registrations.onRearm(call, it);
      case Request.CreateEvent it -> eventObjects.onCreate(call);
      case Request.SetEvent it -> eventObjects.onSet(call, it);
      case Request.ResetEvent it -> eventObjects.onReset(call, it);
      case Request.CloseEvent it -> eventObjects.onClose(call, it);
      case Request.WaitEvents it -> eventObjects.onWait(call, it);
      case Request.Duplicate it -> token.onDuplicate(call, it);
      case Request.Redeem it -> token.onRedeem(call, it);
      case Request.RevokeToken it -> token.onRevoke(call, it);
      case Request.Cancel it -> onCancel(call, it);
      case Request.ListDescriptors it -> list.onList(call, it);
      case Request.Show it -> list.onShow(call, it);
      case Request.ShowBroker it -> onShowBroker(call);
      case Request.Watch it -> onWatch(call, it);
      case Request.ListSessions it -> session.onList(call, it);
      case Request.EndSession it -> session.onEnd(call, it);
      case Request.Upgrade it -> upgrades.onUpgrade(call, it);
      case Request.Reload _ -> reloads.onReload(call);
      case Request.TestPolicy it -> policy.onTest(call, it);
      case Request.ShowPolicy it -> policy.onShow(call, it);
      case Request.ListViolations it -> violations.onList(call, it);
      case Request.ListNames it -> names.onList(call, it);
      case Request.ReadReport it -> reports.onRead(call, it);
      case Request.StartRecording _ -> reports.onStartRecording(call);
    }
  }

  /**
   * Ends a session to which not everything could be delivered, because it would wait for the rest
   * forever.
   */
  private void onTurnFailed(Session session, RuntimeException why) {
    LOG.error("notifying {} failed", session, why);
    sessions.end(session, errorInside());
  }

  private static RefusedException errorInside() {
    return new RefusedException(Errno.EIO, "internal error of the broker; see its log");
  }

  private void onCancel(Call call, Request.Cancel cancel) {
    Waiting waiting = call.session().waiting.get(cancel.request());
    call.reply(new Reply.Done());
    switch (waiting) {
      case Operation operation -> operation.giveUp(RefusedException.ofTransfer(Errno.ECANCELED));
      case EventWait wait -> wait.refuse(RefusedException.ofTransfer(Errno.ECANCELED));
      case ConnectingOpen opening -> opening.refuse(RefusedException.ofTransfer(Errno.ECANCELED));
      case HeldCall held -> held.refuse(RefusedException.ofTransfer(Errno.ECANCELED));
      // Its effect cannot be held back.
      case DeferredReply _ -> {}
      case null -> {}
    }
  }

  private void onWatch(Call call, Request.Watch watch) {
    watchers.watch(call.session(), watch.on());
    call.reply(new Reply.Done());
  }

  /** Serves what waited until the session's client reads again. */
  public void onWritable(Session session) {
    assert environment.onLoop().getAsBoolean();
    for (Line line : session.stalled) {
      line.queue().resume(line);
      line.socket().serveWaitingLater();
    }
    session.stalled.clear();
    turn.touch(session);
  }

  /**
   * Ends what waits in a session whose connection has ended but which lives on with its process.
   * Nobody waits for the replies.
   */
  public void onDisconnected(Session session) {
    assert environment.onLoop().getAsBoolean();
    for (Waiting waiting : new ArrayList<>(session.waiting.values())) {
      switch (waiting) {
        case Operation operation -> operation.abandon();
        case EventWait wait -> wait.leave();
        case ConnectingOpen opening -> opening.leave();
        case HeldCall held -> held.queue().drop(held);
        case DeferredReply reply -> reply.leave();
      }
    }
    for (Descriptor descriptor : session.descriptors.values()) {
      if (descriptor.lane != null) {
        descriptor.lane.detach();
      }
    }
  }

  /**
   * Ends a session and releases everything that it held in one step (rule 14). Its tokens remain.
   */
  public void onEnded(Session session) {
    assert environment.onLoop().getAsBoolean();
    sessions.release(session);
  }

  /** Describes for people what a stop of the broker ends. */
  public String inventory() {
    return "%s (%s connected) with %s of %s"
        .formatted(
            counted(sockets.sockets().size(), "socket"),
            sockets.sockets().values().stream().filter(it -> it.transport().isConnected()).count(),
            counted(sockets.descriptorCount(), "descriptor"),
            counted(sessions.size(), "session"));
  }

  private static String counted(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  /** Stops the broker: notifies every session and closes every socket. */
  public void onStopping(String reason) {
    assert environment.onLoop().getAsBoolean();
    sessions.endAll(reason);
    sockets.closeAll();
  }

  /** Counters are only for sessions that see everything. */
  private void onShowBroker(Call call) {
    Reply.BrokerInfo info = brokerInfo();
    boolean all = Sight.isOfEverything(call.session(), sockets.policy());
    call.reply(all ? info : info.withoutTraffic());
  }

  private Reply.BrokerInfo brokerInfo() {
    Tally tally = sockets.tally();
    return new Reply.BrokerInfo(
        (int) ProcessHandle.current().pid(),
        environment.version(),
        (environment.timers().nanoTime() - startedNanos) / 1_000_000,
        sessions.size(),
        sockets.sockets().size(),
        sockets.descriptorCount(),
        tokens.count(),
        (int) accounts.used(Resource.EVENT_OBJECTS),
        sockets.tally().registrations,
        (int) accounts.used(Resource.WAITING),
        accounts.used(Resource.BUFFERED_BYTES),
        sockets.nameCount(),
        processes.count(),
        // Each session has a connection and a pidfd.
        (int) accounts.used(Resource.FILE_DESCRIPTORS) + 2 * sessions.size(),
        sockets.tally().exports,
        rings.count(),
        accounts.used(Resource.RING_BYTES),
        (int) accounts.used(Resource.THREADS),
        upgrades.count(),
        upgrades.lastMillis(),
        upgrades.lastPauseMicros(),
        streams.count(),
        recoveries.holder(),
        recoveries.lastMillis(),
        recoveries.lastMicros(),
        recoveries.inDoubt(),
        environment.busyNanos().getAsLong() / 1000,
        requests.all(),
        requests.refusals(),
        tally.accepts,
        tally.allBytesIn(),
        tally.allBytesOut());
  }
}
