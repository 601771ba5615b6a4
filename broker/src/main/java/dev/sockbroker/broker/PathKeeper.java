package dev.sockbroker.broker;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.EpollKernel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the broker reachable at its path. Other programs, such as cleaners of /tmp, may remove the
 * path. This class then binds it again, because clients could not reach their sockets otherwise.
 * Loop thread only.
 */
final class PathKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(PathKeeper.class);

  private final SocketPath path;
  private final Listener listener;
  private final EpollKernel kernel;
  private Channel channel;
  private boolean lost;

  PathKeeper(SocketPath path, Listener listener, EpollKernel kernel) {
    this.path = path;
    this.listener = listener;
    this.kernel = kernel;
  }

  /** Binds the path and accepts clients there. */
  void listen() throws IOException {
    int fd = path.listen();
    kernel.keepForBroker(path.path().toString());
    ChannelFuture adopted = listener.adopt(fd);
    if (!adopted.isSuccess()) {
      throw new IOException("cannot listen at " + path.path(), adopted.cause());
    }
    Channel former = channel;
    channel = adopted.channel();
    if (former != null) {
      former.close();
    }
  }

  /** Checks the path and binds it again if it is gone. To be called periodically. */
  void check() {
    try {
      switch (path.state()) {
        case OWN -> path.keep();
        case MISSING -> listenAgain();
        case ANOTHERS -> reportLoss();
      }
    } catch (IOException | RefusedException e) {
      LOG.warn("clients do not reach this broker at {}: {}", path.path(), e.getMessage());
    }
  }

  private void listenAgain() throws IOException {
    listen();
    lost = false;
    LOG.warn("{} was removed, and the broker created it again", path.path());
  }

  private void reportLoss() {
    if (!lost) {
      LOG.error(
          "{} now belongs to another program, and clients no longer reach this broker (pid {});"
              + " stop one of the two",
          path.path(),
          ProcessHandle.current().pid());
    }
    lost = true;
  }

  /** Stops accepting clients. Removes the path first, while it certainly belongs to this broker. */
  void stop() {
    try {
      path.remove();
    } catch (IOException | RefusedException e) {
      LOG.warn("{} was not removed: {}", path.path(), e.getMessage());
    }
    channel.close();
  }
}
