package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;

/** What the broker keeps of all sessions' sends until it is taken (rule 20). */
final class BufferedBytes {
  private final int most;
  private long bytes;

  BufferedBytes(int most) {
    this.most = most;
  }

  /**
   * Counts more, or less.
   *
   * @throws RefusedException ENOBUFS if that is too much
   */
  void add(long more) {
    if (more > 0 && bytes + more > most) {
      throw new RefusedException(
          Errno.ENOBUFS, "the broker has its " + most + " buffered bytes already");
    }
    bytes += more;
  }

  long count() {
    return bytes;
  }
}
