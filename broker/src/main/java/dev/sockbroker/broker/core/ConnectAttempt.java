package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;

/**
 * Begins a connect and waits for its outcome. If the wait ends, the connect continues (rule 24).
 */
final class ConnectAttempt implements Attempt {
  private final Call call;
  private final OwnedSocket socket;
  private final Address address;
  private boolean begun;
  private int blockedBy = Errno.EAGAIN;

  ConnectAttempt(Call call, OwnedSocket socket, Address address) {
    this.call = call;
    this.socket = socket;
    this.address = address;
  }

  @Override
  public Progress proceed() {
    TransportState transport = socket.transport();
    if (!begun && couldHang(transport)) {
      refuse(
          new RefusedException(
              Errno.EBUSY,
              "its raw fd was exported, so a connect by the broker could block; connect through"
                  + " that fd, or use another socket"));
      return Progress.DONE;
    } else if (!begun) {
      return begin(transport.connect(address));
    } else if (transport.isConnecting()) {
      return Progress.BLOCKED;
    }
    answer(transport.connectOutcome());
    return Progress.DONE;
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

  private Progress begin(int result) {
    if (result == -Errno.EAGAIN) {
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
    if (result == -Errno.EINPROGRESS) {
      begun = true;
      blockedBy = Errno.EINPROGRESS;
      return Progress.BLOCKED;
    }
    answer(-result);
    return Progress.DONE;
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
    return begun;
  }

  @Override
  public SavedOperation.Progress save() {
    return new SavedOperation.Connecting(begun, blockedBy);
  }

  void restore(SavedOperation.Connecting saved) {
    begun = saved.begun();
    blockedBy = saved.blockedBy();
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
}
