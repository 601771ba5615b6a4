package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Identity;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** The keys by which a second connection becomes a session's fd connection, each good once. */
public final class FdKeys {
  private static final int SECRET_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final Map<String, FrameProxy> byKey = new HashMap<>();
  private final Map<FrameProxy, String> byOwner = new HashMap<>();

  /** A new key for a session; its last one is worth nothing from now on. */
  String make(FrameProxy owner) {
    drop(owner);
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String key = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    byKey.put(key, owner);
    byOwner.put(owner, key);
    return key;
  }

  /** Whose it is, if that is the same process; null if it is unknown, used, or another's. */
  FrameProxy use(String key, Identity shownBy) {
    FrameProxy owner = byKey.get(key);
    if (owner == null || !owner.identity().equals(shownBy)) {
      return null;
    }
    drop(owner);
    return owner;
  }

  /** The session is over. */
  void drop(FrameProxy owner) {
    String key = byOwner.remove(owner);
    if (key != null) {
      byKey.remove(key);
    }
  }
}
