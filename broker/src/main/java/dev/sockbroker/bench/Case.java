package dev.sockbroker.bench;

import java.util.Locale;

/** The kinds of measurement. */
public enum Case {
  /** Bytes per second, in both directions. */
  THROUGHPUT,
  /** The peer sends and the worker replies. */
  PINGPONG,
  /** The cost of an idle connection. */
  IDLE,
  /** A web server in each lane replies to its clients. */
  HTTP,
  /** The threads of a worker query a PostgreSQL server. */
  JDBC,
  /** Requests to the broker other than moving bytes. */
  CONTROL,
  /** The time from the peer's send to the worker's callback. */
  EVENT,
  /** What it costs that the sockets outlive a killed broker. */
  KEEP,
  /** The cost of many descriptors. */
  SCALE;

  /** The name in commands and reports. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
