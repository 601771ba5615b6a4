package dev.sockbroker.cli.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/** A random text that nobody can guess. */
final class Secret {
  private static final int BYTES = 24;

  private final String text;

  Secret() {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    text = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  String text() {
    return text;
  }

  /** Compares in constant time, so that an answer's delay says nothing about the secret. */
  boolean is(String other) {
    return other != null
        && MessageDigest.isEqual(
            text.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }
}
