package dev.sockbroker.broker.core;

/**
 * How much there may be of what a client can make (rule 20). A session over its limit is answered
 * EMFILE, the broker over its own ENFILE, bytes over theirs ENOBUFS.
 *
 * @param sessions connections at the same time
 * @param sockets and rings in all, named sockets without a holder included
 * @param descriptors in all
 * @param tokens outstanding, in all
 * @param ringBytes of shared memory, in all
 * @param bufferedBytes of sends that wait to be taken, in all
 * @param sessionDescriptors held by one session
 * @param sessionTokens made by one session and outstanding
 * @param sessionEventObjects of one session
 * @param sessionWaiting waiting operations of one session
 * @param sessionBufferedBytes bytes of one session's sends that wait to be taken
 * @param sessionRingBytes of one session's shared memory
 * @param frameBytes one frame, header included; at least {@link #FRAME_BYTES_MIN}
 */
public record Limits(
    int sessions,
    int sockets,
    int descriptors,
    int tokens,
    int ringBytes,
    int bufferedBytes,
    int sessionDescriptors,
    int sessionTokens,
    int sessionEventObjects,
    int sessionWaiting,
    int sessionBufferedBytes,
    int sessionRingBytes,
    int frameBytes) {
  /**
   * @throws IllegalArgumentException if frames would be too small
   */
  public Limits {
    if (frameBytes < FRAME_BYTES_MIN) {
      throw new IllegalArgumentException(
          "frame-bytes=" + frameBytes + " (expected: " + FRAME_BYTES_MIN + " or more)");
    }
  }

  /** A frame must hold a datagram, or a page of the list. */
  public static final int FRAME_BYTES_MIN = 65_536;

  /** What is bounded when nothing is said. */
  public static final Limits DEFAULT =
      new Limits(
          4096, 65_536, 1_048_576, 65_536, 1 << 30, 1 << 30, 16_384, 4096, 1024, 4096, 16 << 20,
          64 << 20, 1 << 20);

  /** What of the process's fds is neither a session's nor a socket's: the JVM's, the log, epoll. */
  private static final int OTHER_FDS = 128;

  /**
   * The same, lowered to what the process has.
   *
   * @param openFiles that it may have
   * @param memory in bytes, which buffers can have
   */
  public Limits within(int openFiles, long memory) {
    int available = Math.max(openFiles - OTHER_FDS, 16);
    // A session is a connection and a pidfd, and may have an fd connection. A ring counts as a
    // socket.
    int sessionsThere = Math.min(sessions, available / 6);
    int socketsThere = Math.min(sockets, available - 3 * sessionsThere);
    return new Limits(
        sessionsThere,
        socketsThere,
        descriptors,
        tokens,
        ringBytes,
        (int) Math.min(bufferedBytes, memory / 2),
        sessionDescriptors,
        sessionTokens,
        sessionEventObjects,
        sessionWaiting,
        sessionBufferedBytes,
        sessionRingBytes,
        frameBytes);
  }
}
