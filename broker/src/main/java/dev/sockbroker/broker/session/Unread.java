package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.kernel.RefusedException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Data that was written to a client and stays in the broker because the client does not read. The
 * session is charged for it, except for a small free amount. A client that reads costs only one
 * comparison.
 */
final class Unread {
  private final ClientConnection connection;
  private final Account account;
  private final Executor loop;
  private final Consumer<RefusedException> onTooMuch;
  private long charged;
  private boolean tooMuch;

  /**
   * @param onTooMuch runs later on the loop when the unread data exceeds the session's limit
   */
  Unread(
      ClientConnection connection,
      Account account,
      Executor loop,
      Consumer<RefusedException> onTooMuch) {
    this.connection = connection;
    this.account = account;
    this.loop = loop;
    this.onTooMuch = onTooMuch;
  }

  boolean isTooMuch() {
    return tooMuch;
  }

  /** Updates the charge after a flush. It includes memory that the data keeps and does not use. */
  void account() {
    long bytes = Math.max(0, connection.pendingMemory() - Limits.UNREAD_FREE_BYTES);
    if (bytes != charged && !tooMuch) {
      charge(bytes);
    }
  }

  private void charge(long bytes) {
    try {
      if (bytes > charged) {
        account.charge(Resource.BUFFERED_BYTES, bytes - charged);
      } else {
        account.release(Resource.BUFFERED_BYTES, charged - bytes);
      }
      charged = bytes;
    } catch (RefusedException e) {
      tooMuch = true;
      loop.execute(() -> onTooMuch.accept(e));
    }
  }

  /** Releases the charge, because the connection has ended. */
  void release() {
    account.release(Resource.BUFFERED_BYTES, charged);
    charged = 0;
    tooMuch = true;
  }
}
