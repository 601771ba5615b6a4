package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.EndedSessions;
import dev.sockbroker.broker.core.Identity;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles an fd connection, on which the client sends nothing. It replaces {@link FrameAdapter}
 * when a connection has sent {@code FdHello}.
 */
final class FdHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(FdHandler.class);

  private final FdOutbox fds;
  private final Identity identity;
  private final EndedSessions ended;

  FdHandler(FdOutbox fds, Identity identity, EndedSessions ended) {
    this.fds = fds;
    this.identity = identity;
    this.ended = ended;
  }

  /** Resumes reading, which the adapter may have stopped at the end of the client's turn. */
  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    // Reading from a channel that has just closed would be an error of epoll.
    if (context.channel().isOpen()) {
      context.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    ReferenceCountUtil.release(bytes);
    onBytes();
  }

  /** Closes the connection, because a client must not send anything on it. */
  void onBytes() {
    if (!fds.isClosed()) {
      ended.onEnded(
          identity.pid(), "it sent bytes on its fd connection, which was closed for that");
      fds.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fds.onClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (FrameProxy.isConnectionEnd(cause)) {
      LOG.debug("fd connection of pid {} ended: {}", identity.pid(), cause.getMessage());
    } else {
      LOG.error("fd connection of pid {} failed", identity.pid(), cause);
    }
    context.close();
  }
}
