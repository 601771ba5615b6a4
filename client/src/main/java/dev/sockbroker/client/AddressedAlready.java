package dev.sockbroker.client;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Completes a channel's bind and connect without a system call, because the socket is already bound
 * or connected. The kernel would refuse them with EINVAL or EISCONN.
 */
final class AddressedAlready extends ChannelOutboundHandlerAdapter {
  @Override
  public void bind(ChannelHandlerContext context, SocketAddress asked, ChannelPromise promise) {
    SocketAddress local = context.channel().localAddress();
    if (isThat(asked, local)) {
      promise.setSuccess();
    } else {
      promise.setFailure(
          new BindException(
              "the socket is bound to %s, not %s"
                  .formatted(Addresses.text(local), Addresses.text(asked))));
    }
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress asked,
      SocketAddress local,
      ChannelPromise promise) {
    SocketAddress peer = context.channel().remoteAddress();
    if (peer != null && isThat(asked, peer)) {
      promise.setSuccess();
    } else {
      promise.setFailure(
          new ConnectException(
              "the socket is connected to %s, not %s"
                  .formatted(Addresses.text(peer), Addresses.text(asked))));
    }
  }

  private static boolean isThat(SocketAddress asked, SocketAddress is) {
    return asked.equals(is)
        || asked instanceof InetSocketAddress wanted
            && is instanceof InetSocketAddress has
            && (wanted.getPort() == 0 || wanted.getPort() == has.getPort())
            && (wanted.isUnresolved()
                || wanted.getAddress().isAnyLocalAddress()
                || wanted.getAddress().equals(has.getAddress()));
  }
}
