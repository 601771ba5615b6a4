package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Message;
import java.util.Arrays;

/**
 * Keeps messages that were read at least twice recently. A client that receives in a loop sends the
 * same bytes each time. Such a message needs no parsing and no new memory. Most other messages come
 * only once and are not kept. Only immutable records are kept.
 */
final class RecentMessages {
  /** Longer messages rarely repeat. */
  private static final int JSON_MAX = 256;

  /**
   * The number of slots, a power of two. A message's hash selects a slot, which keeps the newest
   * few.
   */
  private static final int PLACES = 2048;

  private static final int IN_PLACE = 4;

  private final Recent[] recents = new Recent[PLACES * IN_PLACE];

  /** The hash of the last message in each slot that was not kept. */
  private final int[] onceRead = new int[PLACES];

  /** One message and the bytes it was read from. */
  private record Recent(RecordJson type, long descriptor, byte[] json, Message message) {
    boolean isOf(RecordJson itsType, long itsDescriptor, byte[] text, int length) {
      return type == itsType
          && descriptor == itsDescriptor
          && Arrays.equals(json, 0, json.length, text, 0, length);
    }
  }

  /** Like {@link RecordJson#read(byte[], int, long)}. */
  Message read(RecordJson type, byte[] json, int length, long descriptor)
      throws MalformedFrameException {
    if (length > JSON_MAX || !type.isImmutable()) {
      return (Message) type.read(json, length, descriptor);
    }
    int hash = hash(type, json, length, descriptor);
    int place = hash & PLACES - 1;
    int first = IN_PLACE * place;
    for (int i = first; i < first + IN_PLACE && recents[i] != null; i++) {
      if (recents[i].isOf(type, descriptor, json, length)) {
        return recents[i].message;
      }
    }
    Message message = (Message) type.read(json, length, descriptor);
    if (onceRead[place] == hash) {
      System.arraycopy(recents, first, recents, first + 1, IN_PLACE - 1);
      recents[first] = new Recent(type, descriptor, Arrays.copyOf(json, length), message);
    }
    onceRead[place] = hash;
    return message;
  }

  private static int hash(RecordJson type, byte[] json, int length, long descriptor) {
    int hash = 31 * type.hashCode() + Long.hashCode(descriptor);
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + json[i];
    }
    // adjacent numbers should get adjacent slots, but all bits should matter
    return hash ^ hash >>> 11 ^ hash >>> 22;
  }
}
