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

/** Accepts clients, asks the kernel who they are, and gives each a session. */
final class Listener {
  /**
   * Answers that may wait for a client before its requests do (it does not read). More than the
   * usual large receive, or each would stop and start the reading of requests.
   */
  private static final WriteBufferWaterMark UNREAD_BYTES =
      new WriteBufferWaterMark(64 << 10, 512 << 10);

  /** The most that is read at a time: a whole part of a send. */
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
   * @param group that may connect too, or null; the path's permissions keep others away
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

  /** Takes clients from a listener's descriptor; the path is not removed when it closes. */
  ChannelFuture adopt(int fd) {
    ChannelFuture adopted =
        bootstrap().channelFactory(() -> new EpollServerDomainSocketChannel(fd, true)).register();
    // Netty adds the handler of clients in a task: one that waits already must not come before.
    adopted.addListener(done -> loop.execute(() -> adopted.channel().config().setAutoRead(true)));
    return adopted;
  }

  private ServerBootstrap bootstrap() {
    return new ServerBootstrap()
        .group(loop)
        .option(ChannelOption.AUTO_READ, false)
        // whose slices are pooled too
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

  /** Why this peer gets no session; null if it gets one. */
  private RefusedException refusal(int pid, long uid) {
    // A client has made a broker connect to this one, and would speak as that broker's user. The
    // kernel takes the pid and the pidfd of a peer from one object, so while this process lives its
    // pid is as good as a pidfd; and it is never 0 in the broker's own pid namespace.
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

  /** The process may end while a child of it holds the connection open. */
  private void watch(EpollDomainSocketChannel channel, int pid, FrameAdapter adapter) {
    try {
      WatchedProcess process =
          // in a task of its own for each session, since one process can have many
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
