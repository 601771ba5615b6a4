package dev.sockbroker.protocol;

/** The half of a connection that shutdown(2) ends. */
public enum Direction {
  RECEIVE,
  SEND,
  BOTH
}
