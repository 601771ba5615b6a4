package dev.sockbroker.broker.os;

import dev.sockbroker.protocol.Address;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds who holds an address that is in use, and returns a sentence that also says how to find out
 * more.
 */
final class AddressHolder {
  /** The maximum that is read of a kernel table, because a failed bind must not delay the loop. */
  private static final int BYTES_MAX = 64 << 10;

  private static final String LISTEN = "0A";
  private static final String TIME_WAIT = "06";

  // The columns of /proc/net/tcp and udp (proc_pid_net(5)).
  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int UID = 7;

  private final FileCalls files;

  AddressHolder(FileCalls files) {
    this.files = files;
  }

  String of(SocketKind kind, Address address) {
    if (address.path() == null) {
      return kind.isTcp() ? ofTcp(address.port()) : ofUdp(address.port());
    }
    return UnixPath.isFile(address.path())
        ? ofFile(address.path())
        : "a program uses that name; to see which: ss -xp | grep '" + address.path() + "'";
  }

  private String ofFile(String path) {
    FileIdentity file = files.identityAt(path.getBytes(StandardCharsets.UTF_8));
    if (file == null) {
      return "it was in use a moment ago; try again";
    } else if (!file.isSocket()) {
      return "a file of uid "
          + file.uid()
          + " exists there and is not a socket; choose another path";
    }
    return "there is a socket of uid %d; if no program uses it ('ss -xp src %s'), remove it: rm %s"
        .formatted(file.uid(), path, path);
  }

  private static String ofTcp(int port) {
    Optional<String[]> holder = holder(port, List.of("/proc/net/tcp", "/proc/net/tcp6"));
    String state = holder.map(row -> row[STATE]).orElse("");
    String see = "; to see which: ss -tanp 'sport = :" + port + "'";
    return switch (state) {
      case "" -> "another socket uses it" + see;
      case LISTEN -> "a listener of uid " + holder.get()[UID] + " uses it" + see;
      case TIME_WAIT ->
          "a connection that ended within the last minute keeps the port; try again in a minute";
      default ->
          "a connection of uid %s uses it as its local port%s; ports outside of the range in sysctl"
                  .formatted(holder.get()[UID], see)
              + " net.ipv4.ip_local_port_range are not given to connections";
    };
  }

  private static String ofUdp(int port) {
    return holder(port, List.of("/proc/net/udp", "/proc/net/udp6"))
            .map(row -> "a socket of uid " + row[UID] + " uses it")
            .orElse("another socket uses it")
        + "; to see which: ss -uanp 'sport = :"
        + port
        + "'";
  }

  /**
   * Finds the listener on a port, or else another socket on it. A connection that has ended is the
   * last choice.
   */
  private static Optional<String[]> holder(int port, List<String> tables) {
    String hexadecimal = ":%04X".formatted(port);
    return tables.stream()
        .flatMap(AddressHolder::lines)
        .map(line -> line.strip().split("\\s+"))
        .filter(row -> row.length > UID && row[LOCAL].endsWith(hexadecimal))
        .min(Comparator.comparingInt(AddressHolder::rank));
  }

  private static int rank(String[] row) {
    return row[STATE].equals(LISTEN) ? 0 : row[STATE].equals(TIME_WAIT) ? 2 : 1;
  }

  private static Stream<String> lines(String table) {
    try (InputStream in = Files.newInputStream(Path.of(table))) {
      return new String(in.readNBytes(BYTES_MAX), StandardCharsets.US_ASCII).lines();
    } catch (IOException e) {
      return Stream.empty();
    }
  }
}
