package dev.sockbroker.broker.core;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** The single-use keys that turn a connection into that of a stream. */
final class StreamKeys {
  private static final int SECRET_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final Map<String, StreamLane> byKey = new HashMap<>();
  private final Map<StreamLane, String> byStream = new HashMap<>();

  /** Returns the key of a stream that waits for its connection. */
  String make(StreamLane stream) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String key = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    restore(stream, key);
    return key;
  }

  void restore(StreamLane stream, String key) {
    byKey.put(key, stream);
    byStream.put(stream, key);
  }

  /** Returns the key of a stream that was not used, or null. */
  String of(StreamLane stream) {
    return byStream.get(stream);
  }

  /**
   * Uses up a key and returns its stream. Null if the key is unknown, used or belongs to another
   * process.
   */
  StreamLane use(String key, Identity shownBy) {
    StreamLane stream = byKey.get(key);
    if (stream == null || !stream.descriptor().session.identity().equals(shownBy)) {
      return null;
    }
    drop(stream);
    return stream;
  }

  void drop(StreamLane stream) {
    String key = byStream.remove(stream);
    if (key != null) {
      byKey.remove(key);
    }
  }
}
