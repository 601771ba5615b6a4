package dev.sockbroker.client;

import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** Fetches the raw fd of a socket, in both forms. Any thread may call any method. */
final class Exporting {
  private final Session session;
  private final SharedSocket socket;
  private final Request.Export request;

  Exporting(Session session, SharedSocket socket, boolean nonBlocking) {
    this.session = session;
    this.socket = socket;
    request = new Request.Export(socket.id(), nonBlocking);
  }

  ExportedSocket export() throws IOException {
    return session.callForFds(() -> export(session.fds()));
  }

  private ExportedSocket export(FdReceiver fds) throws IOException {
    int fd = session.call(PassedFds.operation(request, socket, fds, 1)).get()[0];
    try {
      if (!request.nonBlocking() && FdSockets.makeNonBlocking()) {
        restoreMode(fds);
      }
      return new ExportedSocket(fd, socket.family(), socket.type());
    } catch (IOException | RuntimeException e) {
      FdSockets.close(fd);
      throw e;
    }
  }

  /**
   * Netty sets O_NONBLOCK on an fd that it receives, and so for all who hold the socket. Java 17
   * cannot clear the flag, but the broker does when the same descriptor exports again. This process
   * takes only the bytes of that reply's message and discards its fd.
   */
  private void restoreMode(FdReceiver fds) throws IOException {
    session.call(PassedFds.dropping(request, socket, fds)).get();
  }

  /** Waits on the executor, because the first export of a session opens a connection. */
  CompletableFuture<ExportedSocket> exportAsync() {
    CompletableFuture<ExportedSocket> future = new CompletableFuture<>();
    try {
      session.executor().execute(() -> complete(future));
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(e);
    }
    return future;
  }

  private void complete(CompletableFuture<ExportedSocket> future) {
    try {
      ExportedSocket exported = export();
      if (!future.complete(exported)) {
        exported.close();
      }
    } catch (IOException | RuntimeException e) {
      future.completeExceptionally(e);
    }
  }
}
