package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Message;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The last message of each type that was read. Whoever receives again and again asks in the same
 * words: a message that is the same to the byte needs no parsing, and nothing new in memory. Only
 * of records that cannot change.
 */
final class RecentMessages {
  /** Longer ones are seldom the same. */
  private static final int JSON_MAX = 256;

  private final Map<RecordJson, Recent> byType = new HashMap<>();

  /** One message and what it was read from. */
  private static final class Recent {
    final byte[] json = new byte[JSON_MAX];
    int length;
    long descriptor;
    Message message;

    boolean isOf(byte[] text, int textLength, long itsDescriptor) {
      return descriptor == itsDescriptor && Arrays.equals(json, 0, length, text, 0, textLength);
    }
  }

  /** As {@link RecordJson#read(byte[], int, long)}. */
  Message read(RecordJson type, byte[] json, int length, long descriptor)
      throws MalformedFrameException {
    if (length > JSON_MAX || !type.isImmutable()) {
      return (Message) type.read(json, length, descriptor);
    }
    Recent recent = byType.get(type);
    if (recent != null && recent.isOf(json, length, descriptor)) {
      return recent.message;
    }
    Message message = (Message) type.read(json, length, descriptor);
    if (recent == null) {
      recent = new Recent();
      byType.put(type, recent);
    }
    System.arraycopy(json, 0, recent.json, 0, length);
    recent.length = length;
    recent.descriptor = descriptor;
    recent.message = message;
    return message;
  }
}
