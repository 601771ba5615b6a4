package dev.sockbroker.broker.policy;

/** What carries the bytes of a socket, as rules name it. */
public enum Transport {
  TCP("tcp"),
  UDP("udp"),
  /** Unix sockets of every type. */
  UNIX("unix");

  private final String text;

  Transport(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
