package dev.sockbroker.bench;

import java.util.Locale;

/** What can be measured. */
public enum Case {
  /** Bytes a second, in both directions. */
  THROUGHPUT,
  /** The peer sends, the worker answers. */
  PINGPONG,
  /** What a connection costs on which nothing happens. */
  IDLE,
  /** What a client asks of the broker beside moving bytes. */
  CONTROL,
  /** From the peer's send to the worker's callback. */
  EVENT,
  /** Many descriptors. */
  SCALE;

  /** As it is typed and printed. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
