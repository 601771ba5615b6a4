package dev.sockbroker.broker.core;

/**
 * An alternative to frames for moving a connection's bytes. A lane belongs to one descriptor and
 * takes over each direction for which the descriptor has the right. Until it is detached, nobody
 * else can receive or send in those directions.
 */
interface Lane {
  Descriptor descriptor();

  boolean receives();

  boolean sends();

  /** Handles a wake-up of the socket with this mask. {@link #pump} follows. */
  void onReady(int mask);

  /** Moves bytes as far as the kernel and the client allow. */
  void pump();

  /** Makes the client report its progress if the broker must know about it. */
  void watch();

  /** Returns for which readiness of the socket the kernel should wake the broker. */
  int interest();

  /** Whether the kernel has no room for bytes to send. */
  boolean isSendBlocked();

  /** Whether the client has left and bytes are still to be sent. */
  boolean isDraining();

  /** Whether the client has left it. */
  boolean isDetached();

  /** The received bytes that the client has not taken, as far as the broker knows. */
  long queuedIn();

  /** Ends sending, because nothing can be sent any more. */
  void endSending(int errno);

  /** Detaches it, because the client leaves it or is gone. Bytes to send are still sent. */
  void detach();

  /** Frees everything and discards the bytes to send. */
  void close();
}
