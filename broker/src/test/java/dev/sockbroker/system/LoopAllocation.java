package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measures how many bytes a broker's loop allocates under a load, as its JVM counts them. */
final class LoopAllocation {
  private static final Pattern ALLOCATED = Pattern.compile("\"loop-.*allocated=(\\d+)([BKM])");

  private LoopAllocation() {}

  /** What a test does many times. */
  interface Load {
    void run() throws Exception;
  }

  /** Waits until the compiler has optimized the code, so that the load allocates less than that. */
  static void awaitLess(BrokerProcess process, long bytes, Load load) {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(
            () -> {
              long before = of(process);
              load.run();
              assertThat(of(process) - before).isLessThan(bytes);
            });
  }

  static void write(SocketChannel peer, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      peer.write(bytes);
    }
  }

  static void read(SocketChannel peer, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      peer.read(into);
    }
  }

  private static long of(BrokerProcess process) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                BrokerProcess.JAVA.resolveSibling("jcmd").toString(),
                Long.toString(process.pid()),
                "Thread.print",
                "-e")
            .redirectErrorStream(true)
            .start();
    String threads = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher matcher = ALLOCATED.matcher(threads);
    assertThat(matcher.find()).as(threads).isTrue();
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "B" -> number;
      case "K" -> number << 10;
      default -> number << 20;
    };
  }
}
