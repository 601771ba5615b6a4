package dev.sockbroker.protocol;

/** What travels in a frame: a request asks, a reply answers exactly one request, an event tells. */
public sealed interface Message permits Request, Reply, Event {
  /** The version of the protocol that these records describe. */
  int VERSION = 1;

  /**
   * What a frame with a payload keeps free for its header and its JSON part, in bytes; no message
   * with a payload needs more. The longest payload is a frame's limit less this.
   */
  int FRAME_OVERHEAD = 1024;
}
