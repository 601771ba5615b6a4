package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import io.netty.buffer.ByteBuf;

/** Receives bytes or a datagram, once. */
final class ReceiveAttempt implements Attempt {
  /**
   * Beyond this a buffer that was mostly not needed is not kept while the reply waits to be
   * written.
   */
  private static final int COPY_MAX = 16_384;

  private static final Reply.Received BYTES_ONLY = new Reply.Received(null, null, null);

  private final Call call;
  private final Descriptor descriptor;
  private final Environment environment;
  private final int length;
  private final boolean peek;
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();
  private boolean waits;

  ReceiveAttempt(
      Call call, Descriptor descriptor, Environment environment, int length, boolean peek) {
    this.call = call;
    this.descriptor = descriptor;
    this.environment = environment;
    this.length = length;
    this.peek = peek;
  }

  @Override
  public Progress proceed() {
    OwnedSocket socket = descriptor.socket;
    if (waits && !socket.connection().isReadable()) {
      return Progress.BLOCKED;
    }
    ByteBuf buffer = environment.buffers().directBuffer(length);
    long position = socket.connection().position();
    int result = socket.connection().receive(buffer, length, peek, arrival);
    if (result < 0) {
      buffer.release();
      if (result == -Errno.EAGAIN) {
        return Progress.BLOCKED;
      }
      call.refuse(Explanation.of(-result));
      return Progress.DONE;
    }
    // It may have waited: what ends with data re-enables again (rule 37).
    if (result > 0 || !socket.isStream()) {
      socket.enableReceive();
    }
    descriptor.bytesIn += peek ? 0 : result;
    answer(position, fitted(buffer));
    return Progress.DONE;
  }

  private ByteBuf fitted(ByteBuf buffer) {
    int count = buffer.readableBytes();
    if (count > COPY_MAX || count > length / 2) {
      return buffer;
    }
    ByteBuf small = environment.buffers().directBuffer(count).writeBytes(buffer);
    buffer.release();
    return small;
  }

  private void answer(long position, ByteBuf bytes) {
    boolean stream = descriptor.socket.isStream();
    Integer size = arrival.size > bytes.readableBytes() ? (Integer) arrival.size : null;
    Reply.Received reply =
        arrival.from == null && size == null && arrival.control == null
            ? BYTES_ONLY
            : new Reply.Received(arrival.from, size, arrival.control);
    if (peek || stream && !bytes.isReadable()) {
      call.session().proxy().reply(call.requestId(), reply, bytes, null);
      return;
    }
    Returned.Chunk chunk = new Returned.Chunk(position, bytes.retain(), stream ? null : arrival);
    call.session()
        .proxy()
        .reply(call.requestId(), reply, bytes, toKernel -> onDelivered(toKernel, chunk));
  }

  private void onDelivered(boolean toKernel, Returned.Chunk chunk) {
    if (toKernel || descriptor.socket.isClosed()) {
      chunk.bytes().release();
      return;
    }
    chunk.bytes().readerIndex(0);
    descriptor.socket.connection().giveBack(chunk);
    environment.loop().execute(descriptor.socket::advance);
  }

  @Override
  public void onWait() {
    waits = true;
  }

  @Override
  public int wouldBlock() {
    return Errno.EAGAIN;
  }

  @Override
  public void refuse(RefusedException why) {
    call.refuse(why);
  }

  @Override
  public void discard() {
    // Nothing is kept while it waits.
  }
}
