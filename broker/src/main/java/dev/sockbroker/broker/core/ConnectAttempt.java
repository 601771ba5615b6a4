package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Endpoint;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Begins a connect and waits for its outcome. If the wait ends, the connect continues (rule 24). If
 * the address is a host name, looks it up and tries its addresses one after the other (rule 81).
 */
final class ConnectAttempt implements Attempt {
  /**
   * How long an address may take while another is left, in milliseconds. Then the kernel would
   * repeat its first packet.
   */
  private static final long PATIENCE_MILLIS = 1000;

  private final Call call;
  private final OwnedSocket socket;
  private final Address address;
  private final Environment environment;
  private final Authority authority;

  /** The addresses that are left to try; null until the host name is looked up. */
  private ArrayDeque<Address> rest;

  private Lookup lookup;

  /** Why the lookup failed, or null. */
  private RefusedException lost;

  private Timers.Timer patience;
  private boolean begun;
  private int blockedBy = Errno.EAGAIN;

  ConnectAttempt(
      Call call,
      OwnedSocket socket,
      Address address,
      Environment environment,
      Authority authority) {
    this.call = call;
    this.socket = socket;
    this.address = address;
    this.environment = environment;
    this.authority = authority;
  }

  /** Whether the host of an address is a name, which must be looked up. */
  static boolean isName(Address address) {
    return address.host() != null && !Endpoint.isLiteral(address.host());
  }

  @Override
  public Progress proceed() {
    TransportState transport = socket.transport();
    if (begun) {
      return transport.isConnecting() ? Progress.BLOCKED : ended(transport.connectOutcome());
    } else if (lost != null) {
      refuse(lost);
      return Progress.DONE;
    } else if (couldHang(transport)) {
      refuse(
          new RefusedException(
              Errno.EBUSY,
              "its raw fd was exported, so a connect by the broker could block; connect through"
                  + " that fd, or use another socket"));
      return Progress.DONE;
    } else if (isName(address) && rest == null) {
      lookUp();
      return Progress.BLOCKED;
    }
    return tryNext();
  }

  /**
   * Whether connect(2) could block: after an export the broker no longer controls O_NONBLOCK (rule
   * 46).
   */
  private boolean couldHang(TransportState transport) {
    return transport.isStream()
        && socket.exports().isAny()
        && !transport.isConnected()
        && !transport.isListening();
  }

  private void lookUp() {
    if (lookup == null) {
      lookup =
          Lookup.begin(environment.kernel(), call.session().account(), address, this::onLookedUp);
    }
  }

  private void onLookedUp(List<Address> addresses, RefusedException refusal) {
    lookup = null;
    try {
      lost = refusal;
      if (refusal == null) {
        rest = candidates(addresses);
      }
    } catch (RefusedException e) {
      lost = e;
    }
    socket.serveWaiting();
  }

  private ArrayDeque<Address> candidates(List<Address> found) {
    KernelSocket kernel = socket.kernel();
    authority.mayReach(call.session(), kernel.type(), address, found);
    boolean mapsFour =
        kernel.family() == Family.INET6 && !(Boolean) kernel.getOption("IPV6_V6ONLY");
    ArrayDeque<Address> suitable = Candidates.of(found, kernel.family(), mapsFour);
    if (suitable.isEmpty()) {
      throw new RefusedException(
          Errno.EAFNOSUPPORT,
          "the host '" + address.host() + "' has no address of the family " + kernel.family());
    }
    return suitable;
  }

  /** Tries the next address. The policy may have changed and deny it now. */
  private Progress tryNext() {
    Address next = rest == null ? address : rest.poll();
    if (rest != null) {
      authority.mayReach(call.session(), socket.kernel().type(), address, List.of(next));
    }
    int result = socket.transport().connect(next, address);
    if (result == -Errno.EAGAIN && rest == null) {
      // The queue of a Unix listener is full. Nothing was begun, and the kernel will not wake the
      // broker.
      socket.retryLater();
      return Progress.BLOCKED;
    }
    if (TransportState.isAttempt(-result)) {
      // A new connect re-enables CONNECT, and so does its end (rule 37).
      socket.enable(NetworkEvent.CONNECT);
      socket.enable(NetworkEvent.CLOSE);
    }
    if (result != -Errno.EINPROGRESS) {
      return ended(-result);
    }
    begun = true;
    blockedBy = Errno.EINPROGRESS;
    if (isOneLeft()) {
      patience = environment.timers().after(PATIENCE_MILLIS, this::onImpatient);
    }
    return Progress.BLOCKED;
  }

  private boolean isOneLeft() {
    return rest != null && !rest.isEmpty();
  }

  private void onImpatient() {
    patience = null;
    if (socket.transport().isConnecting()) {
      socket.transport().abandonConnect();
      socket.serveWaiting();
    }
  }

  private Progress ended(int errno) {
    stopPatience();
    begun = false;
    if (errno != 0 && isOneLeft()) {
      return tryNext();
    }
    answer(errno);
    return Progress.DONE;
  }

  private void stopPatience() {
    if (patience != null) {
      patience.cancel();
      patience = null;
    }
  }

  private void answer(int errno) {
    if (errno == 0) {
      call.reply(new Reply.Addresses(socket.transport().local(), socket.transport().peer()));
    } else {
      call.refuse(RefusedException.ofTransfer(errno));
    }
  }

  /**
   * Whether the connect has begun. It then keeps its turn, because the kernel reports the outcome
   * only once and the next attempt could consume it.
   */
  @Override
  public boolean hasBegun() {
    return begun || lookup != null || rest != null;
  }

  @Override
  public SavedOperation.Progress save() {
    return new SavedOperation.Connecting(
        begun, blockedBy, rest == null ? List.of() : List.copyOf(rest));
  }

  void restore(SavedOperation.Connecting saved) {
    begun = saved.begun();
    blockedBy = saved.blockedBy();
    if (!saved.rest().isEmpty()) {
      rest = new ArrayDeque<>(saved.rest());
      patience = environment.timers().after(PATIENCE_MILLIS, this::onImpatient);
    }
  }

  @Override
  public int wouldBlock() {
    return blockedBy;
  }

  @Override
  public void refuse(RefusedException why) {
    call.refuse(why);
  }

  @Override
  public void discard() {
    // The connect belongs to the socket and continues.
  }

  @Override
  public void over() {
    stopPatience();
    if (lookup != null) {
      lookup.cancel();
      lookup = null;
    }
  }
}
