package dev.sockbroker.protocol;

/** What a descriptor allows; a token's rights are a subset of its source's (rule 11). */
public enum Right {
  RECV,
  SEND,
  ACCEPT,
  BIND,
  LISTEN,
  CONNECT,
  SHUTDOWN,
  GETOPT,
  SETOPT,
  EVENT,
  DUPLICATE,
  EXPORT
}
