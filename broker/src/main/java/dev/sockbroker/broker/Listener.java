package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.BrokerMark;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.session.FrameAdapter;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketPaths;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;

/** Accepts clients, asks the kernel for their identity, and creates a session for each. */
final class Listener {
  /** How many clients one pass of the loop accepts. */
  private static final int BURST = 8;

  private final IoEventLoop loop;
  private final Conductor conductor;
  private final EpollKernel kernel;
  private final ClientProcesses processes;
  private final Limits limits;
  private final boolean othersMayConnect;
  private final long ownUid = SocketPaths.effectiveUid();
  private final long ownPid = ProcessHandle.current().pid();
  private final ClientChannels channels;

  /**
   * @param group a group that may also connect, or null. The permissions of the path enforce this
   */
  Listener(
      IoEventLoop loop,
      ClientChannels channels,
      Conductor conductor,
      EpollKernel kernel,
      Limits limits,
      String group) {
    this.loop = loop;
    this.channels = channels;
    this.conductor = conductor;
    this.kernel = kernel;
    this.processes = new ClientProcesses(kernel, loop);
    this.limits = limits;
    this.othersMayConnect = group != null;
  }

  /**
   * Accepts clients from the descriptor of a listener. Closing the channel does not remove the
   * path.
   */
  ChannelFuture adopt(int fd) {
    ChannelFuture adopted =
        bootstrap().channelFactory(() -> new EpollServerDomainSocketChannel(fd, true)).register();
    // Netty adds the handler for clients in a task. A client that is already waiting must not be
    // accepted before that task has run.
    adopted.addListener(done -> loop.execute(() -> adopted.channel().config().setAutoRead(true)));
    return adopted;
  }

  private ServerBootstrap bootstrap() {
    return channels
        .configure(new ServerBootstrap())
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.RECVBUF_ALLOCATOR, burst())
        .childHandler(
            new ChannelInitializer<EpollDomainSocketChannel>() {
              @Override
              protected void initChannel(EpollDomainSocketChannel channel) throws IOException {
                onClient(channel);
              }
            });
  }

  /** Netty would accept a single connection in each pass, because it cannot know of more. */
  private static RecvByteBufAllocator burst() {
    return new ServerChannelRecvByteBufAllocator()
        .respectMaybeMoreData(false)
        .maxMessagesPerRead(BURST);
  }

  private void onClient(EpollDomainSocketChannel channel) throws IOException {
    PeerCredentials peer = channel.peerCredentials();
    long uid = Integer.toUnsignedLong(peer.uid());
    FrameAdapter adapter =
        new FrameAdapter(
            conductor,
            new Identity(peer.pid(), uid),
            kernel,
            channels.shared(),
            channels.connections(),
            limits.frameBytes());
    channel.pipeline().addLast(adapter);
    // A process that is known was checked, and a broker makes no streams of its own session for its
    // clients. So only a further session needs another check.
    boolean isKnown = peer.pid() != 0 && processes.isKnown(peer.pid());
    RefusedException refusal = refusal(peer.pid(), uid, isKnown);
    if (refusal != null) {
      adapter.refuse(refusal);
      return;
    } else if (isKnown) {
      adapter.checkAtHello(() -> BrokerMark.refusal(peer.pid()));
      adapter.watchedBy(processes.watchKnown(peer.pid(), adapter::onProcessEnded));
    } else {
      watch(channel, peer.pid(), adapter);
    }
  }

  /** Returns why this peer is refused a session, or null. */
  private RefusedException refusal(int pid, long uid, boolean isKnown) {
    // A client could make another broker connect to this one and then act as that broker's user.
    // The kernel takes the pid and the pidfd of a peer from the same object, so the pid is as
    // reliable as a pidfd while this process lives. Inside the broker's own pid namespace the pid
    // is never 0.
    if (pid == ownPid) {
      return BrokerMark.broker();
    }
    RefusedException broker = isKnown ? null : BrokerMark.refusal(pid);
    if (broker == null && uid != ownUid && uid != 0 && !othersMayConnect) {
      return new RefusedException(
          Errno.EPERM, "uid " + uid + " may not use this broker, only uid " + ownUid + " and root");
    }
    return broker;
  }

  /** Ends the session with its process, because a child process may keep the connection open. */
  private void watch(EpollDomainSocketChannel channel, int pid, FrameAdapter adapter) {
    try {
      adapter.watchedBy(processes.watch(channel.fd().intValue(), pid, adapter::onProcessEnded));
    } catch (RefusedException e) {
      if (e.errno() != Errno.ENOPROTOOPT) {
        adapter.refuse(e);
      }
    }
  }
}
