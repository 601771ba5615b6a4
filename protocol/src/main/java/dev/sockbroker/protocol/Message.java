package dev.sockbroker.protocol;

/** The content of a frame: a request, its one reply, or an event. */
public sealed interface Message permits Request, Reply, Event {
  /** The version of the protocol that these records describe. */
  int VERSION = 1;

  /**
   * The bytes that a frame with a payload reserves for its header and JSON part. No message with a
   * payload needs more. The longest payload is the frame limit minus this.
   */
  int FRAME_OVERHEAD = 1024;
}
