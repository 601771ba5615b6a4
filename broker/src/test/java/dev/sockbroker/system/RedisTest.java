package dev.sockbroker.system;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.BrokerSocketFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Jedis, unchanged, with connections through the broker to a real Redis. */
@WithBroker
class RedisTest {
  @TempDir private static Path directory;

  private static BrokerProcess broker;
  private static ServerProgram server;
  private static SocketFactory sockets;

  @BeforeAll
  static void start() throws IOException {
    Needs.programs("redis-server");
    int port = ServerProgram.freePort();
    List<String> listen = List.of("redis-server", "--bind", "127.0.0.1", "--port", "" + port);
    List<String> line = new ArrayList<>(listen);
    line.addAll(List.of("--save", "", "--appendonly", "no", "--lua-time-limit", "100"));
    server = new ServerProgram(directory, port, line);
    sockets = new BrokerSocketFactory(broker.socket().toString());
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.stop();
    }
  }

  private static Jedis connect(int timeoutMillis) {
    return new Jedis(() -> socket(timeoutMillis));
  }

  private static Socket socket(int timeoutMillis) {
    try {
      Socket socket = sockets.createSocket();
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(timeoutMillis);
      socket.connect(new InetSocketAddress("127.0.0.1", server.port()), 30_000);
      return socket;
    } catch (IOException e) {
      throw new JedisConnectionException(e);
    }
  }

  @Test
  void shouldCarryValuesAndPipelines() throws Exception {
    byte[] large = new byte[5 << 20];
    new Random(1).nextBytes(large);
    try (Jedis jedis = connect(30_000)) {
      assertThat(jedis.ping()).isEqualTo("PONG");
      TcpOwners.assertConnectedByBroker(broker, server.port());
      jedis.set("large".getBytes(), large);
      assertThat(jedis.get("large".getBytes())).isEqualTo(large);
      Pipeline pipeline = jedis.pipelined();
      Response<Long> last = null;
      for (int i = 0; i < 10_000; i++) {
        last = pipeline.incr("count");
      }
      pipeline.sync();
      assertThat(last.get()).isEqualTo(10_000);
    }
  }

  @Test
  void shouldWaitForWhatAnotherPushes() throws Exception {
    try (Jedis waits = connect(30_000);
        Jedis pushes = connect(30_000)) {
      FutureTask<List<String>> popped = new FutureTask<>(() -> waits.blpop(0, "queue"));
      Thread.ofPlatform().daemon().start(popped);
      pushes.rpush("queue", "work");
      assertThat(popped.get(30, SECONDS)).containsExactly("queue", "work");
    }
  }

  @Test
  void shouldGiveUpAfterItsTime() {
    try (Jedis jedis = connect(100)) {
      assertThatThrownBy(() -> jedis.eval("while true do end", 0))
          .isInstanceOf(JedisConnectionException.class)
          .cause()
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("Read timed out");
    }
    try (Jedis jedis = connect(30_000)) {
      jedis.scriptKill();
    }
  }
}
