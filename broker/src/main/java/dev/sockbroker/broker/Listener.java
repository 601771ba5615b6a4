package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.kernel.Kernel.WatchedProcess;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.BrokerMark;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.session.FdKeys;
import dev.sockbroker.broker.session.FrameAdapter;
import dev.sockbroker.broker.session.ReadShares;
import dev.sockbroker.broker.session.Rotation;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.SocketPaths;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.util.concurrent.Executor;

/** Accepts clients, asks the kernel for their identity, and creates a session for each. */
final class Listener {
  /**
   * The amount of unread replies after which the broker stops reading a client's requests. It
   * exceeds a typical large receive, because otherwise each such receive would stop and restart
   * reading.
   */
  private static final WriteBufferWaterMark UNREAD_BYTES =
      new WriteBufferWaterMark(64 << 10, 512 << 10);

  /** The maximum size of one read: one whole part of a send. */
  private static final int READ_BYTES_MAX = 512 << 10;

  private final IoEventLoop loop;
  private final Conductor conductor;
  private final EpollKernel kernel;
  private final Limits limits;
  private final boolean othersMayConnect;
  private final long ownUid = SocketPaths.effectiveUid();
  private final long ownPid = ProcessHandle.current().pid();
  private final FrameCodec codec = new FrameCodec();
  private final FdKeys fdKeys = new FdKeys();
  private final Rotation rotation;
  private final ReadShares reads;

  /**
   * @param group a group that may also connect, or null. The permissions of the path enforce this
   */
  Listener(IoEventLoop loop, Conductor conductor, EpollKernel kernel, Limits limits, String group) {
    this.loop = loop;
    Executor nextPass = ((SingleThreadEventLoop) loop)::executeAfterEventLoopIteration;
    rotation = new Rotation(loop, nextPass);
    reads = new ReadShares(readSizes(), nextPass);
    this.conductor = conductor;
    this.kernel = kernel;
    this.limits = limits;
    this.othersMayConnect = group != null;
  }

  private static RecvByteBufAllocator readSizes() {
    int small = ReadShares.SMALL_BYTES;
    return new AdaptiveRecvByteBufAllocator(small, small, READ_BYTES_MAX);
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
    return new ServerBootstrap()
        .group(loop)
        .option(ChannelOption.AUTO_READ, false)
        // Slices from this allocator are pooled as well.
        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNREAD_BYTES)
        .childOption(ChannelOption.RECVBUF_ALLOCATOR, reads)
        .childHandler(
            new ChannelInitializer<EpollDomainSocketChannel>() {
              @Override
              protected void initChannel(EpollDomainSocketChannel channel) throws IOException {
                onClient(channel);
              }
            });
  }

  private void onClient(EpollDomainSocketChannel channel) throws IOException {
    PeerCredentials peer = channel.peerCredentials();
    long uid = Integer.toUnsignedLong(peer.uid());
    FrameAdapter adapter =
        new FrameAdapter(
            conductor,
            new Identity(peer.pid(), uid),
            kernel,
            codec,
            fdKeys,
            rotation,
            limits.frameBytes());
    channel.pipeline().addLast(adapter);
    RefusedException refusal = refusal(peer.pid(), uid);
    if (refusal != null) {
      adapter.refuse(refusal);
      return;
    }
    watch(channel, peer.pid(), adapter);
  }

  /** Returns why this peer is refused a session, or null. */
  private RefusedException refusal(int pid, long uid) {
    // A client could make another broker connect to this one and then act as that broker's user.
    // The kernel takes the pid and the pidfd of a peer from the same object, so the pid is as
    // reliable as a pidfd while this process lives. Inside the broker's own pid namespace the pid
    // is never 0.
    if (pid == ownPid || BrokerMark.isOn(pid)) {
      return new RefusedException(
          Errno.EPERM,
          "this connection was made by a broker for one of its clients; connect directly");
    } else if (pid != 0 && !BrokerMark.isVisible(pid)) {
      return new RefusedException(
          Errno.EPERM,
          ("the broker cannot read /proc/%d/comm, so this connection could be another broker's; if"
               + " /proc has hidepid, mount it with gid=GROUP and run the broker with that group")
              .formatted(pid));
    } else if (uid != ownUid && uid != 0 && !othersMayConnect) {
      return new RefusedException(
          Errno.EPERM, "uid " + uid + " may not use this broker, only uid " + ownUid + " and root");
    }
    return null;
  }

  /** Ends the session with its process, because a child process may keep the connection open. */
  private void watch(EpollDomainSocketChannel channel, int pid, FrameAdapter adapter) {
    try {
      WatchedProcess process =
          // Each session ends in a separate task, because one process can have many sessions.
          kernel.watchPeer(
              channel.fd().intValue(), pid, () -> loop.execute(adapter::onProcessEnded));
      adapter.onSessionEnd(process::close);
    } catch (RefusedException e) {
      if (e.errno() != Errno.ENOPROTOOPT) {
        adapter.refuse(e);
      }
    }
  }
}
