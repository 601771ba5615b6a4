package dev.sockbroker.broker.policy;

/** Whose sockets and sessions a client sees. Each includes those before it. */
public enum Visibility {
  /** Those of its own session. */
  OWN("own"),
  /** Those of its user. */
  USER("user"),
  ALL("all");

  private final String text;

  Visibility(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
