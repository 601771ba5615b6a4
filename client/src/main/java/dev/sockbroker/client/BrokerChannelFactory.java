package dev.sockbroker.client;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.util.Objects;

/**
 * Channels of the broker's sockets for Netty's bootstraps, on the socket's own fd and so at native
 * speed: what {@link SharedSocket#export} says of that holds here. For the libraries that bring a
 * bootstrap of their own, or take a channel factory.
 *
 * <pre>{@code
 * new ServerBootstrap()
 *     .group(group)
 *     .channelFactory(BrokerChannelFactory.server(web))
 *     .childHandler(connections)
 *     .register();
 * }</pre>
 *
 * <p><b>Which call.</b> The socket is bound and listens, or is connected, already. So {@code
 * register()} is the call; then the channel is active. {@code bind} and {@code connect}, which
 * libraries call by themselves, do nothing to the socket but succeed if they name the address that
 * it has, or port 0; any other fails with a {@link java.net.BindException} or {@link
 * java.net.ConnectException}.
 *
 * <p>Each channel has an fd of its own, and closing it closes that one. The {@link SharedSocket}
 * stays open as long as there is one, and is closed by whoever opened it. A connection's peer sees
 * the end when both are closed.
 *
 * @param <C> what the bootstrap takes
 */
@SuppressWarnings("exports") // a caller requires Netty's module
public final class BrokerChannelFactory<C extends Channel> implements ChannelFactory<C> {
  private final SharedSocket socket;
  private final Class<C> kind;

  private BrokerChannelFactory(SharedSocket socket, Class<C> kind) {
    this.socket = Objects.requireNonNull(socket, "socket");
    this.kind = kind;
  }

  /** For a {@link ServerBootstrap}: of a listener, TCP or Unix. */
  public static BrokerChannelFactory<ServerChannel> server(SharedSocket listener) {
    return new BrokerChannelFactory<>(listener, ServerChannel.class);
  }

  /** For a {@link io.netty.bootstrap.Bootstrap}: of a connection, or of a datagram socket. */
  public static BrokerChannelFactory<Channel> of(SharedSocket socket) {
    return new BrokerChannelFactory<>(socket, Channel.class);
  }

  /**
   * Waits for the broker, which answers at once, and so not on the library's I/O thread.
   *
   * @throws ChannelException if the fd cannot be had, or is no listener though one is asked for
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
