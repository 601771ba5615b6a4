package dev.sockbroker.client;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.util.Objects;

/**
 * Makes Netty channels of the broker's sockets for Netty's bootstraps. A channel uses the socket's
 * own fd and runs at native speed, with the consequences that {@link SharedSocket#export}
 * describes. It is for libraries that bring their own bootstrap or accept a channel factory.
 *
 * <pre>{@code
 * new ServerBootstrap()
 *     .group(group)
 *     .channelFactory(BrokerChannelFactory.server(web))
 *     .childHandler(connections)
 *     .register();
 * }</pre>
 *
 * <p><b>Which call.</b> The socket is already listening or connected, so call {@code register()}.
 * The channel is then active. Libraries may call {@code bind} and {@code connect} by themselves.
 * These calls leave the socket unchanged. They succeed if they name the socket's address or port 0,
 * and otherwise fail with a {@link java.net.BindException} or {@link java.net.ConnectException}.
 *
 * <p>Each channel has its own fd, and closing the channel closes only that fd. The {@link
 * SharedSocket} must stay open while a channel exists, and the code that opened it must close it.
 * The peer of a connection sees the end when both are closed.
 *
 * @param <C> the channel type of the bootstrap
 */
@SuppressWarnings("exports") // users of this class require Netty's module themselves
public final class BrokerChannelFactory<C extends Channel> implements ChannelFactory<C> {
  private final SharedSocket socket;
  private final Class<C> kind;

  private BrokerChannelFactory(SharedSocket socket, Class<C> kind) {
    this.socket = Objects.requireNonNull(socket, "socket");
    this.kind = kind;
  }

  /** Makes channels of a TCP or Unix listener for a {@link ServerBootstrap}. */
  public static BrokerChannelFactory<ServerChannel> server(SharedSocket listener) {
    return new BrokerChannelFactory<>(listener, ServerChannel.class);
  }

  /**
   * Makes channels of a connection or datagram socket for a {@link io.netty.bootstrap.Bootstrap}.
   */
  public static BrokerChannelFactory<Channel> of(SharedSocket socket) {
    return new BrokerChannelFactory<>(socket, Channel.class);
  }

  /**
   * Waits for the broker, which replies at once. It must not run on the client library's I/O
   * thread.
   *
   * @throws ChannelException if the fd cannot be obtained, or if a listener is required and the
   *     socket is not one
   */
  @Override
  public C newChannel() {
    try {
      Channel channel = socket.export().open();
      if (!kind.isInstance(channel)) {
        channel.unsafe().closeForcibly();
        throw new ChannelException(socket + " does not listen");
      }
      channel.pipeline().addLast(new AddressedAlready());
      return kind.cast(channel);
    } catch (IOException e) {
      throw new ChannelException("no channel of " + socket + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return "BrokerChannelFactory(" + socket + ")";
  }
}
