package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Connects fresh sockets to the addresses of one host until the first is connected, and closes the
 * others: Happy Eyeballs (RFC 8305). Loop thread only.
 */
final class Race {
  /** How long after one attempt the next begins, in milliseconds (RFC 8305, section 5). */
  private static final long DELAY_MILLIS = 250;

  private final Address asked;
  private final ArrayDeque<Address> rest;
  private final boolean oneByOne;
  private final Timers timers;
  private final Owner owner;
  private final Map<OwnedSocket, Address> running = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();
  private RefusedException first;
  private Timers.Timer delay;
  private boolean over;

  /** Makes the sockets, and receives the outcome once, perhaps inside {@link #begin}. */
  interface Owner {
    /** Makes a socket for an address, or throws {@link RefusedException}. */
    OwnedSocket make(Address address);

    /** Closes a socket that has not won. */
    void discard(OwnedSocket socket);

    void won(OwnedSocket connected);

    void lost(RefusedException why);
  }

  /**
   * @param asked what the client has asked for
   * @param addresses literals in the order in which they are tried
   * @param oneByOne whether an attempt begins only when the one before it has failed
   */
  Race(Address asked, ArrayDeque<Address> addresses, boolean oneByOne, Timers timers, Owner owner) {
    this.asked = asked;
    rest = addresses;
    this.oneByOne = oneByOne;
    this.timers = timers;
    this.owner = owner;
  }

  void begin() {
    next();
  }

  /** Begins attempts until one goes on. */
  private void next() {
    stopDelay();
    while (!over && !rest.isEmpty()) {
      if (attempt(rest.poll())) {
        return;
      }
    }
    if (!over && running.isEmpty()) {
      over = true;
      owner.lost(new RefusedException(first.errno(), why()));
    }
  }

  private String why() {
    return "no address of the host '" + asked.host() + "' accepts: " + String.join("; ", failures);
  }

  /** Returns false if the attempt has failed already. */
  private boolean attempt(Address address) {
    OwnedSocket socket;
    try {
      socket = owner.make(address);
    } catch (RefusedException e) {
      failed(address, e, e.getMessage());
      if (e.isByPolicy()) {
        // One denied address denies the name, so all attempts end.
        stop();
        owner.lost(e);
      }
      return false;
    }
    int result = socket.transport().connect(address, asked);
    if (result == 0) {
      win(socket);
    } else if (result != -Errno.EINPROGRESS) {
      owner.discard(socket);
      failed(address, RefusedException.ofTransfer(-result), Errno.name(-result));
      return false;
    } else {
      goOn(socket, address);
    }
    return true;
  }

  private void goOn(OwnedSocket socket, Address address) {
    running.put(socket, address);
    socket.kernel().onReady(_ -> onReady(socket));
    socket.kernel().arm(KernelSocket.OUT);
    if (!rest.isEmpty() && !oneByOne) {
      delay = timers.after(DELAY_MILLIS, this::next);
    }
  }

  private void onReady(OwnedSocket socket) {
    Address address = running.get(socket);
    if (address == null || !socket.transport().settleConnect()) {
      return;
    }
    running.remove(socket);
    int errno = socket.transport().connectOutcome();
    if (errno == 0) {
      win(socket);
    } else {
      owner.discard(socket);
      failed(address, RefusedException.ofTransfer(errno), Errno.name(errno));
      next();
    }
  }

  private void failed(Address address, RefusedException why, String reason) {
    if (failures.isEmpty()) {
      first = why;
    }
    failures.add(reason + " at " + address);
  }

  private void win(OwnedSocket socket) {
    stop();
    socket.kernel().arm(0);
    socket.watchReadiness();
    owner.won(socket);
  }

  private void stopDelay() {
    if (delay != null) {
      delay.cancel();
      delay = null;
    }
  }

  /** Closes all sockets that have not won. No outcome follows. */
  void stop() {
    over = true;
    stopDelay();
    running.keySet().forEach(owner::discard);
    running.clear();
  }
}
