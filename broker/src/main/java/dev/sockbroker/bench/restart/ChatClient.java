package dev.sockbroker.bench.restart;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * A client that keeps its connection. It sends several lines before their replies arrive, and
 * checks each byte that comes back.
 */
final class ChatClient {
  private static final int AHEAD = 8;
  private static final int SILENCE_MAX_MILLIS = 60_000;

  private final int number;
  private final Socket socket;
  private volatile boolean ending;
  private long sent;
  private volatile long answered;

  private ChatClient(int number, Socket socket) {
    this.number = number;
    this.socket = socket;
  }

  /** Connects and sends the first lines. */
  static ChatClient connect(int number, int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(SILENCE_MAX_MILLIS);
    socket.setTcpNoDelay(true);
    return new ChatClient(number, socket);
  }

  /** The number of lines that came back unchanged. */
  long answered() {
    return answered;
  }

  /** Runs on its own thread until {@link #end}. */
  CompletableFuture<Void> talk() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (socket) {
                talkOn();
                end.complete(null);
              } catch (IOException e) {
                end.completeExceptionally(
                    new IOException("client %d after %d lines".formatted(number, answered), e));
              }
            });
    return end;
  }

  /** Stops sending, waits for the missing replies, and checks that nothing follows them. */
  void end() {
    ending = true;
  }

  private void talkOn() throws IOException {
    while (!ending || answered < sent) {
      while (!ending && sent < answered + AHEAD) {
        socket.getOutputStream().write(Chat.line(number, sent++));
      }
      if (answered < sent) {
        check(socket.getInputStream().readNBytes(Chat.LINE_BYTES));
      }
    }
    // a duplicate reply would arrive now
    socket.shutdownOutput();
    int more = socket.getInputStream().readNBytes(Chat.LINE_BYTES).length;
    if (more > 0) {
      throw new IOException(more + " bytes more than were sent");
    }
  }

  private void check(byte[] answer) throws IOException {
    if (answer.length < Chat.LINE_BYTES) {
      throw new EOFException("disconnected");
    }
    if (!Arrays.equals(answer, Chat.line(number, answered))) {
      throw new IOException("line %d came back as '%s'".formatted(answered, new String(answer)));
    }
    answered++;
  }
}
