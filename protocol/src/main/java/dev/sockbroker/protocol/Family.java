package dev.sockbroker.protocol;

/** The address family of a socket (socket(2)). */
public enum Family {
  INET,
  INET6,
  UNIX
}
