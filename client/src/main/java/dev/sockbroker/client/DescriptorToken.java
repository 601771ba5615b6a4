package dev.sockbroker.client;

import java.util.Objects;

/**
 * A single-use secret that one target can turn into a descriptor of its own (contract, rules 2-9).
 * Its {@link #text} travels to the target by any means of the program's own; there {@link
 * Broker#redeem} takes it. Immutable.
 */
public final class DescriptorToken {
  private final String text;

  private DescriptorToken(String text) {
    this.text = text;
  }

  /** The token that another process sent as text. It is looked at when it is redeemed. */
  public static DescriptorToken of(String text) {
    return new DescriptorToken(Objects.requireNonNull(text, "text"));
  }

  /** The secret itself, in printable ASCII. */
  public String text() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DescriptorToken it && it.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** Without the secret, so that it does not get into a log by accident. */
  @Override
  public String toString() {
    return "DescriptorToken[...]";
  }
}
