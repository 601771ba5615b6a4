package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Identity;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** The single-use keys that turn a second connection into a session's fd connection. */
public final class FdKeys {
  private static final int SECRET_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final Map<String, FrameProxy> byKey = new HashMap<>();
  private final Map<FrameProxy, String> byOwner = new HashMap<>();

  /** Returns a new key for a session and invalidates its former key. */
  String make(FrameProxy owner) {
    drop(owner);
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String key = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    byKey.put(key, owner);
    byOwner.put(owner, key);
    return key;
  }

  /** Returns the key of a session that was not used, or null. */
  String of(FrameProxy owner) {
    return byOwner.get(owner);
  }

  void restore(FrameProxy owner, String key) {
    byKey.put(key, owner);
    byOwner.put(owner, key);
  }

  /**
   * Uses up a key and returns its session. Null if the key is unknown, used or belongs to another
   * process.
   */
  FrameProxy use(String key, Identity shownBy) {
    FrameProxy owner = byKey.get(key);
    if (owner == null || !owner.identity().equals(shownBy)) {
      return null;
    }
    drop(owner);
    return owner;
  }

  /** Removes the key of a session that has ended. */
  void drop(FrameProxy owner) {
    String key = byOwner.remove(owner);
    if (key != null) {
      byKey.remove(key);
    }
  }
}
