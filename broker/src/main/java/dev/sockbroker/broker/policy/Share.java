package dev.sockbroker.broker.policy;

/** For whom a client may make tokens. Each includes those before it. */
public enum Share {
  NONE("none"),
  /** Processes of the same user. */
  USER("user"),
  ANY("any");

  private final String text;

  Share(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
