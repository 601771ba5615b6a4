package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.EndedSessions;
import dev.sockbroker.broker.core.Identity;
import io.netty.buffer.ByteBuf;

/**
 * Handles an fd connection, on which the client sends nothing. It replaces {@link FrameAdapter}
 * when a connection has sent {@code FdHello}.
 */
final class FdHandler implements ClientConnection.Listener {
  private final FdOutbox fds;
  private final Identity identity;
  private final EndedSessions ended;

  FdHandler(FdOutbox fds, Identity identity, EndedSessions ended) {
    this.fds = fds;
    this.identity = identity;
    this.ended = ended;
  }

  @Override
  public void onBytes(ByteBuf bytes) {
    bytes.release();
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
  public void onClosed() {
    fds.onClosed();
  }

  @Override
  public String toString() {
    return "fd connection of pid " + identity.pid();
  }
}
