package dev.sockbroker.bench;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.NetworkEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.HdrHistogram.Histogram;

/** Measures events of the broker, from the peer's send to the callback. */
final class BrokerEvents implements EventLoad {
  private final Broker broker;
  private final SharedSocket listener;

  BrokerEvents(String socket) throws IOException {
    broker = Broker.connect(Path.of(socket));
    listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
  }

  @Override
  public String address() throws IOException {
    return Endpoint.text(listener.localAddress());
  }

  @Override
  public Histogram run() throws IOException, InterruptedException {
    try (SharedSocket socket = listener.accept()) {
      Registrant registrant = new Registrant();
      socket.asyncSelect(EnumSet.of(NetworkEvent.READ, NetworkEvent.CLOSE), registrant::onEvent);
      return registrant.end.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().toString(), e.getCause());
    }
  }

  /** Its callbacks run one at a time. */
  private static final class Registrant {
    private final Histogram nanos = Latency.histogram();
    private final ByteBuffer stamp = ByteBuffer.allocate(Long.BYTES);
    private final ByteBuffer answer = ByteBuffer.allocate(1);
    private final CompletableFuture<Histogram> end = new CompletableFuture<>();

    private void onEvent(NetworkEventMessage event) {
      long now = System.nanoTime();
      try {
        if (event.event() == NetworkEvent.CLOSE) {
          end.complete(nanos);
        } else if (event.socket().receive(stamp.clear(), Duration.ZERO) == Long.BYTES) {
          nanos.recordValue(now - stamp.getLong(0));
          event.socket().send(answer.clear(), Broker.FOREVER);
        }
      } catch (IOException e) {
        end.completeExceptionally(e);
      }
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
