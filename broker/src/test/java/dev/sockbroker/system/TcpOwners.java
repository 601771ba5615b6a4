package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.core.ThrowingRunnable;

/**
 * Checks whether a program's TCP sockets belong to the broker: compares the kernel's table with the
 * broker's fds.
 */
final class TcpOwners {
  private static final String LISTEN = "0A";

  private TcpOwners() {}

  /** All connections to that port. */
  static void assertConnectedByBroker(BrokerProcess broker, int port) {
    settled(() -> assertThat(inodes(2, port, "")).isNotEmpty().isSubsetOf(ofBroker(broker)));
  }

  /** The listeners on that port. */
  static void assertListensInBroker(BrokerProcess broker, int port) {
    settled(() -> assertThat(inodes(1, port, LISTEN)).isNotEmpty().isSubsetOf(ofBroker(broker)));
  }

  /** The listener, and all connections accepted there. */
  static void assertServedByBroker(BrokerProcess broker, int port) {
    settled(
        () -> assertThat(inodes(1, port, "")).hasSizeGreaterThan(1).isSubsetOf(ofBroker(broker)));
  }

  /** A program may close sockets at any time, even between the two checks. */
  private static void settled(ThrowingRunnable looks) {
    await().atMost(Duration.ofSeconds(30)).untilAsserted(looks);
  }

  /** The inodes of the broker's own fds. */
  private static Set<Long> ofBroker(BrokerProcess broker) throws IOException {
    try (Broker observer = Broker.connect(broker.socket())) {
      return observer.list().stream().map(row -> row.socket().inode()).collect(Collectors.toSet());
    }
  }

  /**
   * Reads the table of proc(5).
   *
   * @param column 1 for the local address, 2 for the peer's
   * @param state in hexadecimal; empty for any
   */
  private static Set<Long> inodes(int column, int port, String state) throws IOException {
    String suffix = String.format(":%04X", port);
    Set<Long> inodes = new HashSet<>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] words = line.strip().split("\\s+");
        // an ended or unaccepted connection belongs to nobody
        if (words[column].endsWith(suffix) && words[3].startsWith(state) && !words[9].equals("0")) {
          inodes.add(Long.parseLong(words[9]));
        }
      }
    }
    return inodes;
  }
}
