package dev.sockbroker.protocol;

/** Which half of a connection shutdown(2) ends. */
public enum Direction {
  RECEIVE,
  SEND,
  BOTH
}
