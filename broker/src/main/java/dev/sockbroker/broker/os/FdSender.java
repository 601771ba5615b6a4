package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Sends a descriptor with a message of 9 bytes: a zero and the request's id (unix(7), SCM_RIGHTS).
 * A receive of one byte gets the zero and the descriptor.
 */
final class FdSender {
  private static final int MESSAGE_BYTES = 1 + Long.BYTES;
  private static final ValueLayout.OfLong REQUEST_ID =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final SystemCalls calls;
  private final CallLog log;
  private final FdMessage message = new FdMessage(Arena.global(), MESSAGE_BYTES, 1);

  /**
   * @param log null if no calls are noted
   */
  FdSender(SystemCalls calls, CallLog log) {
    this.calls = calls;
    this.log = log;
  }

  /** Sends the descriptor. Returns 0 or -errno. The caller keeps the descriptor. */
  int send(int connection, long requestId, int fd) {
    message.bytes().set(JAVA_BYTE, 0, (byte) 0);
    message.bytes().set(REQUEST_ID, 1, requestId);
    int flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL;
    long header = message.toSend(MESSAGE_BYTES, List.of(fd));
    long answer =
        log == null
            ? calls.sendmsg(connection, header, flags)
            : log.send(calls, connection, message.header(), flags);
    // A stream takes such a short message completely or not at all.
    return answer < 0 ? (int) answer : 0;
  }
}
