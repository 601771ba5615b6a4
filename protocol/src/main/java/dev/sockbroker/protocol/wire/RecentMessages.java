package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Message;
import java.util.Arrays;

/**
 * Messages that were read twice of late. Whoever receives again and again asks in the same words: a
 * message that is the same to the byte needs no parsing, and nothing new in memory. Most others
 * come once, and are not kept. Only of records that cannot change.
 */
final class RecentMessages {
  /** Longer ones are seldom the same. */
  private static final int JSON_MAX = 256;

  /** A place by a message's hash, in which the newest few stand; a power of two. */
  private static final int PLACES = 2048;

  private static final int IN_PLACE = 4;

  private final Recent[] recents = new Recent[PLACES * IN_PLACE];

  /** The hash of what was read last in each place and not kept. */
  private final int[] onceRead = new int[PLACES];

  /** One message and what it was read from. */
  private record Recent(RecordJson type, long descriptor, byte[] json, Message message) {
    boolean isOf(RecordJson itsType, long itsDescriptor, byte[] text, int length) {
      return type == itsType
          && descriptor == itsDescriptor
          && Arrays.equals(json, 0, json.length, text, 0, length);
    }
  }

  /** As {@link RecordJson#read(byte[], int, long)}. */
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
    // neighbours in numbers are to be neighbours in places, but all bits are to count
    return hash ^ hash >>> 11 ^ hash >>> 22;
  }
}
