package dev.sockbroker.protocol;

/**
 * An operation that a descriptor allows. A token's rights are a subset of its source's (rule 11).
 */
public enum Right {
  /** Receive, peek and receive urgent data. */
  RECV,
  SEND,
  ACCEPT,
  BIND,
  LISTEN,
  CONNECT,
  SHUTDOWN,
  GETOPT,
  SETOPT,
  /** Register, enumerate, rearm. */
  EVENT,
  /** Make tokens. */
  DUPLICATE,
  /** Export the raw fd, whose use the broker cannot see. */
  EXPORT
}
