package dev.sockbroker.client;

import dev.sockbroker.protocol.Direction;

/** What a socket tells its ring or stream. Their public classes do not show these methods. */
interface Lane {
  /** The lane of a socket whose bytes travel in frames. */
  Lane NONE = new Lane() {};

  /** The position after the bytes written so far; null if it does not send. Any thread. */
  default Long sendPosition() {
    return null;
  }

  /** The descriptor was closed, which also ends the lane. Any thread. */
  default void onSocketClosed() {}

  /** Called on the thread that reads when the descriptor, and perhaps the session, has ended. */
  default void onLost(Throwable why) {}

  /** Called on the thread that reads when the broker rings the doorbell of a ring. */
  default void onDoorbell() {}

  /** Called on the thread that reads when the broker reports the end of a stream's direction. */
  default void onEnded(Direction direction, int error) {}
}
