package dev.sockbroker.broker.policy;

/** How bytes and sockets reach a client, as rules name it. */
public enum PolicyLane {
  FRAMES("frames"),
  RING("ring"),
  STREAM("stream"),
  /** The raw fd, whose use the broker cannot see. */
  FD("fd");

  private final String text;

  PolicyLane(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
