package dev.sockbroker.protocol;

/** What travels in a frame: a request asks, a reply answers exactly one request, an event tells. */
public sealed interface Message permits Request, Reply, Event {
  /** The version of the protocol that these records describe. */
  int VERSION = 1;
}
