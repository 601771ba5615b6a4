package dev.sockbroker.broker.state;

import io.netty.buffer.ByteBuf;

/**
 * A stream. Bytes that were passed on are in its connection.
 *
 * @param key null after it was used
 * @param connection null until the client has connected
 * @param detached whether the client has left it, so that it only sends what is in it
 * @param receive null if it does not receive
 * @param send null if it does not send
 */
public record SavedStream(
    long descriptor,
    String key,
    SavedKernelSocket connection,
    boolean detached,
    Receiving receive,
    Sending send) {

  /**
   * The receiving direction.
   *
   * @param ended null while it continues, then 0 or the errno
   * @param reported whether the client was told about the end
   * @param owed how many bytes were passed on that are still in the socket
   */
  public record Receiving(Integer ended, boolean reported, @Since(6) long owed) {

    /** The same with another number of bytes that are still in the socket. */
    public Receiving owing(long count) {
      return new Receiving(ended, reported, count);
    }
  }

  /**
   * The sending direction.
   *
   * @param head how many bytes were sent
   * @param kept bytes that were taken from the connection and not sent
   * @param atEnd whether the client sends no more
   * @param ended null while it continues, then the errno
   * @param reported whether the client was told about the end
   * @param owed how many bytes were sent that are still in the connection
   */
  public record Sending(
      long head,
      ByteBuf kept,
      boolean atEnd,
      boolean blocked,
      boolean draining,
      Integer ended,
      boolean reported,
      @Since(6) long owed) {}
}
