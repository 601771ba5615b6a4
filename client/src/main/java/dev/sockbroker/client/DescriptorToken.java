package dev.sockbroker.client;

import java.util.Objects;

/**
 * A single-use secret that one target can turn into its own descriptor (contract, rules 2-9). The
 * program passes its {@link #text} to the target, which calls {@link Broker#redeem}. Immutable.
 */
public final class DescriptorToken {
  private final String text;

  private DescriptorToken(String text) {
    this.text = text;
  }

  /**
   * Wraps the text of a token that another process sent. The broker checks it when it is redeemed.
   */
  public static DescriptorToken of(String text) {
    return new DescriptorToken(Objects.requireNonNull(text, "text"));
  }

  /** The secret, in printable ASCII. */
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

  /** Omits the secret, so that it does not reach a log by accident. */
  @Override
  public String toString() {
    return "DescriptorToken[...]";
  }
}
