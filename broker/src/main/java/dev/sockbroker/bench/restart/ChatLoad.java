package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.file.Path;

/** Clients that keep their connections to one worker. */
final class ChatLoad implements Load {
  private final Server worker;
  private final ChatClients clients;

  /**
   * @param listener its name
   * @param port its port
   */
  ChatLoad(Path broker, String listener, int port) throws IOException {
    worker = Server.start(ChatWorkerMain.line(broker, listener, 1));
    clients = new ChatClients(port);
  }

  @Override
  public Outcome stop() {
    return clients.stop();
  }

  @Override
  public void close() throws IOException {
    worker.end(End.FORCED);
  }
}
