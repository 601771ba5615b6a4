package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import java.util.Set;

/**
 * A snapshot of which event conditions hold for a socket, as defined in the table in section 4 of
 * the contract. It only queries what the wanted events need.
 */
final class Conditions {
  private final OwnedSocket socket;
  private final TransportState transport;
  private final KernelSocket kernel;

  /** The ring that holds the bytes to receive, instead of the kernel. Null without a ring. */
  private final ReceiveRing ring;

  private final int poll;
  private final int error;
  private final int next;

  Conditions(OwnedSocket socket, Set<NetworkEvent> wanted) {
    this.socket = socket;
    transport = socket.transport();
    kernel = socket.kernel();
    ring = socket.lanes().receiveRing();
    poll = kernel.poll();
    int known = transport.error(poll);
    next = next(wanted);
    // A peek of a stream also returns the pending error, which poll then no longer shows.
    error = transport.isStream() ? transport.knownError() : known;
  }

  private int next(Set<NetworkEvent> wanted) {
    if (ring != null) {
      return ring.peek();
    }
    return needsPeek(wanted) ? transport.peek() : -Errno.EAGAIN;
  }

  /** Whether a peek is needed, because poll reports data and end of stream in the same way. */
  private boolean needsPeek(Set<NetworkEvent> wanted) {
    boolean readable =
        (poll & (KernelSocket.IN | KernelSocket.RDHUP | KernelSocket.HUP | KernelSocket.ERR)) != 0
            || transport.hasReturned()
            || transport.knownError() != 0;
    boolean asked = wanted.contains(NetworkEvent.READ) || wanted.contains(NetworkEvent.CLOSE);
    return readable
        && asked
        && (transport.isStream() ? transport.isConnected() : transport.isReceiveShut());
  }

  boolean holds(NetworkEvent event) {
    return switch (event) {
      case CONNECT -> transport.connectOutcome() != null;
      case ACCEPT -> transport.isListening() && isReadable() && !socket.isReceiverWaiting();
      case READ -> transport.isStream() ? streamHasData() : hasDatagram();
      case OOB -> (poll & KernelSocket.PRI) != 0 && transport.isStream() && !kernel.urgentInline();
      case WRITE -> canSend();
      case CLOSE -> hasEnded();
    };
  }

  int error(NetworkEvent event) {
    return switch (event) {
      case CONNECT -> transport.connectOutcome();
      case READ -> transport.isStream() ? 0 : error;
      case CLOSE -> error;
      default -> 0;
    };
  }

  private boolean isReadable() {
    return (poll & KernelSocket.IN) != 0 || transport.hasReturned();
  }

  /**
   * Whether READ holds for a stream. A waiting receive or a stream is served first (rule 39). Only
   * poll considers SO_RCVLOWAT.
   */
  private boolean streamHasData() {
    if (ring != null) {
      return next > 0 && ring.isReadable() && !ring.isServing();
    }
    return next > 0
        && isReadable()
        && hasEnough()
        && !socket.isReceiverWaiting()
        && !socket.lanes().isPassingOn();
  }

  /** Whether SO_RCVLOWAT is reached, which poll ignores for a Unix socket. */
  private boolean hasEnough() {
    return kernel.family() != Family.UNIX
        || kernel.receiveLowWaterMark() == 1
        || transport.hasBytes(kernel.receiveLowWaterMark());
  }

  private boolean hasDatagram() {
    if (socket.isReceiverWaiting()) {
      return false;
    }
    return error != 0 || (transport.isReceiveShut() ? next >= 0 : isReadable());
  }

  private boolean canSend() {
    if (socket.isSenderWaiting() || (poll & KernelSocket.OUT) == 0) {
      return false;
    }
    return transport.isStream()
        ? transport.isConnected() && !transport.isSendShut() && error == 0
        : !socket.isSendBlocked();
  }

  /**
   * Whether the peer has ended and all data is read. The socket's own shutdown does not count if
   * the kernel can tell the difference.
   */
  private boolean hasEnded() {
    if (!transport.isStream() || !transport.isConnected() || next > 0) {
      return false;
    }
    if (error != 0) {
      return true;
    }
    boolean own = transport.isReceiveShut() && kernel.family() != Family.UNIX;
    return next == 0 && (!own || kernel.peerEnded());
  }
}
