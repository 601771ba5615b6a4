package dev.sockbroker.broker.session;

/**
 * How much a connection reads at once if it may. The size follows what the client sends: it grows
 * quickly after a full read and shrinks slowly after small ones.
 */
final class ReadSize {
  /** One whole part of a send. */
  static final int MAX = 512 << 10;

  private static final int MIN = ReadShares.SMALL_BYTES;
  private static final int GROWTH = 16;

  private int size = MIN;
  private boolean wasSmall;

  int bytes() {
    return size;
  }

  void onRead(int count) {
    if (count >= size) {
      size = Math.min(GROWTH * size, MAX);
      wasSmall = false;
    } else if (count > size / 2) {
      wasSmall = false;
    } else if (wasSmall) {
      size = Math.max(size / 2, MIN);
      wasSmall = false;
    } else {
      wasSmall = true;
    }
  }
}
