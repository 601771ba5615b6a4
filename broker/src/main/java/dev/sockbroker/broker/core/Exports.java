package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.protocol.Errno;

/**
 * The exports of a socket's raw fd (rule 46). A receiver may keep the fd, so an export is
 * remembered as long as the socket lives. After an export the broker no longer controls O_NONBLOCK,
 * which all holders share.
 */
final class Exports {
  private final OwnedSocket socket;
  private int count;

  /** The number of open descriptors through which the raw fd was exported. */
  private int holders;

  private boolean nonBlocking;

  /** The account that is charged for the accepting thread; null without one. */
  private Account payer;

  private RefusedException acceptRefusal;

  Exports(OwnedSocket socket) {
    this.socket = socket;
  }

  /** Whether the fd was exported or is being exported. */
  boolean isAny() {
    return count > 0;
  }

  /** Whether the fd was exported through a descriptor that is still open. */
  boolean isHeld() {
    return holders > 0;
  }

  /** Whether an accept is running outside the loop. */
  boolean isAccepting() {
    return payer != null;
  }

  /**
   * Checks that all current holders use the same mode.
   *
   * @throws RefusedException EBUSY; the message contains a holder and its mode
   */
  void checkMode(boolean wanted) {
    if (wanted == nonBlocking) {
      return;
    }
    for (Descriptor it : socket.descriptors.values()) {
      if (it.isExported()) {
        throw new RefusedException(
            Errno.EBUSY,
            "pid %d has its raw fd %s by %s, and all copies of the fd share that mode"
                .formatted(it.session.identity().pid(), mode(), it));
      }
    }
  }

  private String mode() {
    return nonBlocking ? "non-blocking" : "blocking";
  }

  /**
   * Counts an export that begins. Sets the mode for the first holder and for a repeated export to
   * the same holder. Other receivers get the fd in its current mode.
   */
  void begin(Descriptor by, boolean asNonBlocking) {
    boolean isOut = socket.descriptors.values().stream().anyMatch(Descriptor::isExported);
    if (!isOut || by.isExported()) {
      socket.kernel().nonBlocking(asNonBlocking);
      nonBlocking = asNonBlocking;
    }
    addHolders(by.isExported() ? 0 : 1);
    by.exportCount++;
    count++;
    noteChange(by);
  }

  private void noteChange(Descriptor by) {
    by.change().note();
    socket.change().note();
  }

  int count() {
    return count;
  }

  boolean isNonBlocking() {
    return nonBlocking;
  }

  void restore(SavedSocket saved) {
    count = saved.exports();
    nonBlocking = saved.exportedNonBlocking();
  }

  /** Counts a descriptor through which the raw fd was exported in another broker. */
  void restore(Descriptor descriptor) {
    addHolders(descriptor.isExported() ? 1 : 0);
  }

  /** Stops counting a descriptor that the socket has lost. */
  void onRemoved(Descriptor descriptor) {
    addHolders(descriptor.isExported() ? -1 : 0);
  }

  /** Moves the count of raw fd holders to another counter. */
  void move(Traffic from, Traffic to) {
    from.exports(-holders);
    to.exports(holders);
  }

  private void addHolders(int number) {
    holders += number;
    socket.meter().traffic().exports(number);
  }

  /** Takes back an export that was not delivered. */
  void undo(Descriptor by) {
    by.exportCount--;
    count--;
    noteChange(by);
    if (!by.isExported() && socket.descriptors.containsKey(by.id)) {
      addHolders(-1);
    }
    assert by.exportCount >= 0 && count >= by.exportCount
        : by + " has " + by.exportCount + " of " + count;
    if (count == 0 && !socket.isClosed()) {
      socket.kernel().nonBlocking(true);
    }
  }

  /**
   * Accepts on a separate thread. If another holder takes the connection first, only that thread
   * blocks. Done only for a waiting accept, because otherwise the broker would take connections
   * from those who accept by the raw fd.
   *
   * @param account the account of the session whose accept waits; it is charged for the thread
   * @return whether to wait for an outcome
   */
  boolean acceptApart(Account account) {
    if ((socket.kernel().poll() & KernelSocket.IN) == 0) {
      return false;
    }
    if (payer == null) {
      account.check(Resource.THREADS, 1);
      // The thread uses a duplicate of the fd.
      account.check(Resource.FILE_DESCRIPTORS, 1);
      if (socket.kernel().acceptApart(this::onAccepted)) {
        charge(account);
      }
    } else if (payer != account
        && account.hasRoom(Resource.THREADS, 1)
        && account.hasRoom(Resource.FILE_DESCRIPTORS, 1)) {
      // The session for which the thread was started no longer waits, or waits behind this one.
      release();
      charge(account);
    }
    // The thread may block behind another holder. Operations that may not wait check that again
    // later. Without a thread, all of them do.
    socket.retryLater();
    return true;
  }

  private void charge(Account account) {
    account.force(Resource.THREADS, 1);
    account.force(Resource.FILE_DESCRIPTORS, 1);
    payer = account;
  }

  /** Handles the return of the thread, perhaps after the socket was closed. */
  private void onAccepted(KernelSocket taken, RefusedException refusal) {
    release();
    if (taken != null) {
      // If nobody waits any more, the next accept gets the connection.
      socket.transport().giveBack(taken, socket.account());
    }
    acceptRefusal = refusal;
    socket.serveWaiting();
    acceptRefusal = null;
  }

  private void release() {
    Account account = payer;
    payer = null;
    account.release(Resource.THREADS, 1);
    account.release(Resource.FILE_DESCRIPTORS, 1);
  }

  /** Throws the kernel's refusal of the last accept to the operation that waits for it. */
  void checkAccept() {
    if (acceptRefusal != null) {
      RefusedException refusal = acceptRefusal;
      acceptRefusal = null;
      throw refusal;
    }
  }
}
