package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Account;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.kernel.RefusedException;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.function.Consumer;

/**
 * Data that was written to a client and stays in the broker because the client does not read. The
 * session is charged for it, except for a small free amount. Netty does not report when this data
 * shrinks, so an empty write is queued after it and its completion shows the progress. A client
 * that reads costs only one comparison.
 */
final class Unread {
  private final Channel channel;
  private final Account account;
  private final Consumer<RefusedException> onTooMuch;
  private long charged;
  private long unused;
  private boolean marked;
  private boolean tooMuch;

  /**
   * @param onTooMuch runs later on the loop when the unread data exceeds the session's limit
   */
  Unread(Channel channel, Account account, Consumer<RefusedException> onTooMuch) {
    this.channel = channel;
    this.account = account;
    this.onTooMuch = onTooMuch;
  }

  /** Adjusts how much memory payloads keep in addition to their bytes. */
  void unused(int bytes) {
    unused += bytes;
  }

  boolean isTooMuch() {
    return tooMuch;
  }

  /** Updates the charge after a flush. */
  void account() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long pending = buffer == null ? 0 : buffer.totalPendingWriteBytes();
    if (pending == 0 && charged == 0 || tooMuch) {
      return;
    }
    charge(Math.max(0, pending + unused - Limits.UNREAD_FREE_BYTES));
    if (pending > 0 && !marked) {
      marked = true;
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> onMark());
    }
  }

  /** Updates the charge when the empty write completes. Netty still counts this write. */
  private void onMark() {
    marked = false;
    channel.eventLoop().execute(this::account);
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
      channel.eventLoop().execute(() -> onTooMuch.accept(e));
    }
  }

  /** Releases the charge, because the connection is closed. */
  void release() {
    account.release(Resource.BUFFERED_BYTES, charged);
    charged = 0;
    tooMuch = true;
  }
}
