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
 * What was written to a client and lies in the broker since the client does not read. All but a
 * little of it is charged to the session. Netty does not tell when it shrinks; so an empty write is
 * put behind it, whose end tells. A client that reads costs one comparison.
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
   * @param onTooMuch runs on the loop, not at once, when the session has no room for what is there
   */
  Unread(Channel channel, Account account, Consumer<RefusedException> onTooMuch) {
    this.channel = channel;
    this.account = account;
    this.onTooMuch = onTooMuch;
  }

  /** A payload's memory beyond its bytes is kept with it, or no longer. */
  void unused(int bytes) {
    unused += bytes;
  }

  boolean isTooMuch() {
    return tooMuch;
  }

  /** All that was written has been flushed. */
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

  /** Netty still counts this write. */
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

  /** The connection is closed. */
  void release() {
    account.release(Resource.BUFFERED_BYTES, charged);
    charged = 0;
    tooMuch = true;
  }
}
