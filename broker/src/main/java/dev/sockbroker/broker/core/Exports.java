package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;

/**
 * What has become of a socket's own fd (rule 46). Who was given it once may keep it, so nothing
 * here is forgotten while the socket lives: its O_NONBLOCK, which all have in common, is not the
 * broker's any more.
 */
final class Exports {
  private final OwnedSocket socket;
  private final Tally tally;
  private int count;

  /** Open descriptors whose raw fd is out. */
  private int holders;

  private boolean nonBlocking;

  /** Who is charged for the thread that accepts; null while none does. */
  private Account payer;

  private RefusedException acceptRefusal;

  Exports(OwnedSocket socket, Tally tally) {
    this.socket = socket;
    this.tally = tally;
  }

  /** Whether somebody outside has the fd, had it, or is about to have it. */
  boolean isAny() {
    return count > 0;
  }

  /** Whether a descriptor that is still open has given the fd out. */
  boolean isHeld() {
    return holders > 0;
  }

  /** An accept goes on outside the loop. */
  boolean isAccepting() {
    return payer != null;
  }

  /**
   * One mode for all who hold it now.
   *
   * @throws RefusedException EBUSY, saying who holds it how
   */
  void checkMode(boolean wanted) {
    if (wanted == nonBlocking) {
      return;
    }
    for (Descriptor it : socket.descriptors.values()) {
      if (it.isExported()) {
        throw new RefusedException(
            Errno.EBUSY,
            "pid %d has its raw fd %s by %s, and all who have it have that in common"
                .formatted(it.session.identity().pid(), mode(), it));
      }
    }
  }

  private String mode() {
    return nonBlocking ? "non-blocking" : "blocking";
  }

  /**
   * The fd is about to go out; from now on it counts. The mode is set for the first who gets it,
   * and again for who has it; others find it as those have left it.
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
  }

  /** The socket has lost that descriptor. */
  void onRemoved(Descriptor descriptor) {
    addHolders(descriptor.isExported() ? -1 : 0);
  }

  private void addHolders(int number) {
    holders += number;
    tally.exports += number;
  }

  /** It did not go. */
  void undo(Descriptor by) {
    by.exportCount--;
    count--;
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
   * Accepts apart from the loop, where a connection that another holder takes first can hang nobody
   * but that thread; only for an accept that waits, or whoever accepts by the raw fd would find
   * none.
   *
   * @param account of the session whose accept waits; it pays for the thread
   * @return whether an outcome is to be waited for
   */
  boolean acceptApart(Account account) {
    if ((socket.kernel().poll() & KernelSocket.IN) == 0) {
      return false;
    }
    if (payer == null) {
      account.check(Resource.THREADS, 1);
      // for the thread's duplicate
      account.check(Resource.FILE_DESCRIPTORS, 1);
      socket.kernel().acceptApart(this::onAccepted);
      charge(account);
    } else if (payer != account
        && account.hasRoom(Resource.THREADS, 1)
        && account.hasRoom(Resource.FILE_DESCRIPTORS, 1)) {
      // The session for which it was started waits no more, or waits behind this one.
      release();
      charge(account);
    }
    // The thread may hang behind another holder; who may not wait looks again whether it does.
    socket.retryLater();
    return true;
  }

  private void charge(Account account) {
    account.force(Resource.THREADS, 1);
    account.force(Resource.FILE_DESCRIPTORS, 1);
    payer = account;
  }

  /** The thread is back, perhaps after the socket was closed. */
  private void onAccepted(KernelSocket taken, RefusedException refusal) {
    release();
    if (taken != null) {
      // If nobody waits any more it is the next one's.
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

  /** What the kernel refused an accept with, for the one that waits for it. */
  void checkAccept() {
    if (acceptRefusal != null) {
      RefusedException refusal = acceptRefusal;
      acceptRefusal = null;
      throw refusal;
    }
  }
}
