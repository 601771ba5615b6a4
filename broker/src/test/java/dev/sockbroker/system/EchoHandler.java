package dev.sockbroker.system;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.DomainDatagramPacket;

/** Echoes all bytes. */
@ChannelHandler.Sharable
final class EchoHandler extends ChannelInboundHandlerAdapter {
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    context.writeAndFlush(
        switch (message) {
          case DatagramPacket it -> new DatagramPacket(it.content(), it.sender());
          case DomainDatagramPacket it -> new DomainDatagramPacket(it.content(), it.sender());
          case ByteBuf it -> it;
          default -> throw new AssertionError("read " + message);
        });
  }
}
