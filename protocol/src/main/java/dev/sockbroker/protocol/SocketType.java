package dev.sockbroker.protocol;

/** The type of a socket (socket(2)). */
public enum SocketType {
  STREAM,
  DGRAM
}
