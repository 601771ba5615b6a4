package dev.sockbroker.broker.core;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Secrets that tie a new connection to its owner: to a session, as its fd connection, or to a
 * stream. Each works once, and only for the owner's process. Loop thread only.
 *
 * @param <O> the owners, each of which has at most one key
 */
public final class SingleUseKeys<O> {
  private static final int SECRET_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final Function<O, Identity> identities;
  private final Map<String, O> byKey = new HashMap<>();
  private final Map<O, String> byOwner = new HashMap<>();

  /**
   * @param identities returns the process of an owner
   */
  public SingleUseKeys(Function<O, Identity> identities) {
    this.identities = identities;
  }

  /** Returns a new key for an owner and invalidates its former key. */
  public String make(O owner) {
    drop(owner);
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String key = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    restore(owner, key);
    return key;
  }

  /** Returns the key of an owner that was not used, or null. */
  public String of(O owner) {
    return byOwner.get(owner);
  }

  public void restore(O owner, String key) {
    byKey.put(key, owner);
    byOwner.put(owner, key);
  }

  /**
   * Uses up a key and returns its owner. Null if the key is unknown, used or belongs to another
   * process.
   */
  public O use(String key, Identity shownBy) {
    O owner = byKey.get(key);
    if (owner == null || !identities.apply(owner).equals(shownBy)) {
      return null;
    }
    drop(owner);
    return owner;
  }

  /** Removes the key of an owner that has ended. */
  public void drop(O owner) {
    String key = byOwner.remove(owner);
    if (key != null) {
      byKey.remove(key);
    }
  }
}
