package dev.sockbroker.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Replies to the requests of one connection, as {@link WebServer} does. */
final class NettyReplies extends ChannelInboundHandlerAdapter {
  private static final ByteBuf END_OF_HEAD =
      Unpooled.unreleasableBuffer(Unpooled.copiedBuffer("\r\n\r\n", US_ASCII));
  private static final ByteBuf REPLY = direct(WebServer.reply(false));
  private static final ByteBuf LAST_REPLY = direct(WebServer.reply(true));

  /** The part of a request that has come so far, or null. */
  private ByteBuf begun;

  private static ByteBuf direct(byte[] reply) {
    return Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(reply));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf received = (ByteBuf) message;
    ByteBuf bytes = begun == null ? received : Unpooled.wrappedBuffer(begun, received);
    begun = null;
    int end = ByteBufUtil.indexOf(END_OF_HEAD, bytes);
    while (end >= 0) {
      int length = end + END_OF_HEAD.readableBytes() - bytes.readerIndex();
      reply(context, bytes.readSlice(length).toString(US_ASCII).contains(WebServer.CLOSE));
      end = ByteBufUtil.indexOf(END_OF_HEAD, bytes);
    }
    if (bytes.isReadable()) {
      begun = bytes;
    } else {
      bytes.release();
    }
  }

  private static void reply(ChannelHandlerContext context, boolean last) {
    if (last) {
      context.write(LAST_REPLY.duplicate()).addListener(ChannelFutureListener.CLOSE);
    } else {
      context.write(REPLY.duplicate());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.flush();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (begun != null) {
      begun.release();
    }
  }

  /** The client closes as soon as its time is over, and counts failures itself. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
