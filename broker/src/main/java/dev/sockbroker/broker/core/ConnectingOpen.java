package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Deadline;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Request;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;

/**
 * An open that replies when its socket is connected (rule 81). Until then the socket is in no table
 * and nobody holds it, so nothing remains if the open ends in another way. Loop thread only.
 */
final class ConnectingOpen implements Waiting {
  private static final Map<Family, String> WILDCARDS =
      Map.of(Family.INET, "0.0.0.0", Family.INET6, "::");

  private final Call call;
  private final Request.Open open;
  private final OpenHandler handler;
  private final Environment environment;
  private final Authority authority;
  private Lookup lookup;
  private Race race;
  private Timers.Timer timer;
  private long limitMillis = Request.FOREVER;
  private boolean over;

  /**
   * @param call of a {@link Request.Open} that was checked
   */
  ConnectingOpen(Call call, OpenHandler handler, Environment environment, Authority authority) {
    this.call = call;
    this.handler = handler;
    this.environment = environment;
    this.authority = authority;
    open = (Request.Open) call.request();
  }

  static void check(Request.Open open) {
    Operation.checkTime(open.timeoutMillis());
    if (open.connect().host() == null || open.family() == Family.UNIX) {
      throw new RefusedException(
          Errno.EINVAL, "an open connects only to a host; for a path, open the socket and connect");
    } else if (open.backlog() != null) {
      throw new RefusedException(Errno.EINVAL, "a socket either listens or connects");
    } else if (open.timeoutMillis() != null && open.timeoutMillis() == 0) {
      throw new RefusedException(
          Errno.EINVAL, "an open that connects must be able to wait; give it a time");
    } else if (open.bind() != null && open.bind().host() == null) {
      throw new RefusedException(Errno.EINVAL, "a path cannot be connected to a host");
    }
  }

  void begin() {
    call.session().startWaiting(call, this, 1);
    if (open.timeoutMillis() != null && open.timeoutMillis() > 0) {
      limitMillis = open.timeoutMillis();
      timer = environment.timers().after(limitMillis, this::onTime);
    }
    start();
  }

  /** Restarts after this turn. */
  void restore(Deadline deadline) {
    call.session().restoreWaiting(call, this, 1);
    if (deadline != null) {
      limitMillis = deadline.limitMillis();
      timer = environment.timers().at(deadline.atNanos(), this::onTime);
    }
    environment.loop().execute(this::start);
  }

  SavedSession.Opening save() {
    return new SavedSession.Opening(
        call.save(), timer == null ? null : new Deadline(timer.atNanos(), limitMillis));
  }

  private void start() {
    if (over) {
      return;
    }
    Address to = open.connect();
    try {
      if (ConnectAttempt.isName(to)) {
        lookup = Lookup.begin(environment.kernel(), call.session().account(), to, this::onLookedUp);
      } else {
        connect(candidates(List.of(to)));
      }
    } catch (RefusedException e) {
      refuse(e);
    }
  }

  private void onLookedUp(List<Address> found, RefusedException refusal) {
    lookup = null;
    try {
      if (refusal != null) {
        throw refusal;
      }
      authority.mayReach(call.session(), open.type(), open.connect(), found);
      connect(candidates(found));
    } catch (RefusedException e) {
      refuse(e);
    }
  }

  private ArrayDeque<Address> candidates(List<Address> found) {
    Family family = open.family();
    if (family == null && open.bind() != null && !isWildcard(open.bind())) {
      family = Candidates.family(open.bind());
    }
    ArrayDeque<Address> suitable =
        family == null ? Candidates.ofBoth(found) : Candidates.of(found, family, false);
    if (suitable.isEmpty()) {
      throw new RefusedException(
          Errno.EAFNOSUPPORT,
          "the host '" + open.connect().host() + "' has no address of the family " + family);
    }
    return suitable;
  }

  private static boolean isWildcard(Address address) {
    return WILDCARDS.containsValue(address.host());
  }

  /** A wildcard address stands for that of any family, unless the client has chosen one. */
  private Request.Open of(Family family) {
    return open.family() == null && open.bind() != null && isWildcard(open.bind())
        ? open.boundTo(Address.inet(WILDCARDS.get(family), open.bind().port()))
        : open;
  }

  private void connect(ArrayDeque<Address> addresses) {
    // Two sockets cannot have the same port at the same time.
    boolean hasPort = open.bind() != null && !Integer.valueOf(0).equals(open.bind().port());
    race = new Race(open.connect(), addresses, hasPort, environment.timers(), new Sockets());
    race.begin();
  }

  /** Charges each socket of the race like any other socket. */
  private final class Sockets implements Race.Owner {
    private final Account account = call.session().account();

    @Override
    public OwnedSocket make(Address address) {
      SocketTable.checkRoom(call.session());
      // The policy may have changed since the lookup.
      authority.mayReach(call.session(), open.type(), open.connect(), List.of(address));
      Family family = Candidates.family(address);
      OwnedSocket socket = handler.make(call.session(), of(family), family);
      account.force(Resource.SOCKETS, 1);
      account.force(Resource.FILE_DESCRIPTORS, 1);
      return socket;
    }

    @Override
    public void discard(OwnedSocket socket) {
      socket.close();
      release();
    }

    private void release() {
      account.release(Resource.SOCKETS, 1);
      account.release(Resource.FILE_DESCRIPTORS, 1);
    }

    @Override
    public void won(OwnedSocket connected) {
      leave();
      release();
      try {
        handler.onConnected(call, open, connected);
      } catch (RefusedException e) {
        call.refuse(e);
      }
    }

    @Override
    public void lost(RefusedException why) {
      refuse(why);
    }
  }

  private void onTime() {
    refuse(RefusedException.timedOut("its time of " + limitMillis + " ms has passed"));
  }

  @Override
  public void refuse(RefusedException why) {
    if (!over) {
      leave();
      call.refuse(why);
    }
  }

  /** Ends it without a reply. */
  void leave() {
    over = true;
    call.session().stopWaiting(call, 1);
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    if (lookup != null) {
      lookup.cancel();
    }
    if (race != null) {
      race.stop();
    }
  }
}
