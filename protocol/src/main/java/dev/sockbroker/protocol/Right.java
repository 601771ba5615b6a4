package dev.sockbroker.protocol;

/** What a descriptor allows; a token's rights are a subset of its source's (rule 11). */
public enum Right {
  /** Receive, peek and out-of-band. */
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
  /** Take the raw fd, out of the broker's sight. */
  EXPORT
}
