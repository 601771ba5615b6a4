package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import io.netty.buffer.ByteBuf;

/**
 * The receive queue of a TCP socket with Linux's single urgent byte: a plain receive stops before
 * the byte, and the next one skips it (tcp_recvmsg, tcp_check_urg and tcp_recv_urg in net/ipv4).
 */
final class ReceiveQueue {
  static final int CAPACITY = 2048;

  private enum Urgent {
    NONE,
    WAITS,
    READ
  }

  private final byte[] ring = new byte[CAPACITY];
  private long next;
  private long end;
  private Urgent urgent = Urgent.NONE;
  private long urgentAt;
  private boolean inline;

  int length() {
    return (int) (end - next);
  }

  /** Like FIONREAD: the length up to the position of the urgent byte, read or unread. */
  int lengthToMark() {
    boolean ahead = urgent != Urgent.NONE && !inline && urgentAt >= next;
    return ahead ? (int) (urgentAt - next) : length();
  }

  int room() {
    return CAPACITY - length();
  }

  void inline(boolean on) {
    inline = on;
  }

  boolean isUrgentWaiting() {
    return urgent == Urgent.WAITS;
  }

  boolean isReadable(int lowWater) {
    boolean atMark = isAtMark();
    return length() >= Math.max(1, lowWater) + (atMark ? 1 : 0);
  }

  boolean isAtMark() {
    return urgent != Urgent.NONE && urgentAt == next && !inline;
  }

  /**
   * @param endsUrgent whether the last byte is urgent
   */
  void append(byte[] bytes, int from, int count, boolean endsUrgent) {
    if (endsUrgent) {
      if (urgent != Urgent.NONE && !inline && urgentAt == next && next != end) {
        next++;
      }
      urgent = Urgent.WAITS;
      urgentAt = end + count - 1;
    }
    for (int i = 0; i < count; i++) {
      ring[(int) (end++ % CAPACITY)] = bytes[from + i];
    }
  }

  /** Returns the number of bytes taken. If it is 0, the urgent byte may be lost nevertheless. */
  int take(ByteBuf into, int length, boolean peek) {
    long at = next;
    int count = 0;
    while (count < length && at < end) {
      long toMark = urgent == Urgent.NONE ? -1 : urgentAt - at;
      if (toMark == 0 && count > 0) {
        break;
      }
      if (toMark == 0 && !inline) {
        at++;
        continue;
      }
      long used = Math.min(length - count, end - at);
      if (toMark > 0) {
        used = Math.min(used, toMark);
      }
      for (long i = 0; i < used; i++) {
        into.writeByte(ring[(int) (at++ % CAPACITY)]);
      }
      count += (int) used;
    }
    if (!peek) {
      next = at;
      if (urgent != Urgent.NONE && next > urgentAt) {
        urgent = Urgent.NONE;
      }
    }
    return count;
  }

  /** Like {@link #take} for one byte that is discarded. */
  boolean hasNext() {
    boolean atMark = isAtMark();
    return length() > (atMark ? 1 : 0);
  }

  int takeUrgent(ByteBuf into, boolean peek) {
    if (inline || urgent != Urgent.WAITS) {
      return -Errno.EINVAL;
    }
    into.writeByte(ring[(int) (urgentAt % CAPACITY)]);
    if (!peek) {
      urgent = Urgent.READ;
    }
    return 1;
  }
}
