package dev.sockbroker.system.fuzz;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Addresses that stay on this machine: loopback, and paths in the fuzzer's directory. */
final class Addresses {
  /** Few ports, so that actors meet. They are not privileged and not commonly used. */
  private static final int PORT_FIRST = 40_100;

  private final Path directory;
  private final Path brokerSocket;
  private final List<Integer> ports = new CopyOnWriteArrayList<>();

  /**
   * @param directory for Unix sockets
   */
  Addresses(Path directory, Path brokerSocket) {
    this.directory = directory;
    this.brokerSocket = brokerSocket;
  }

  /** A peer of the fuzzer listens on that port. */
  void listening(int port) {
    ports.add(port);
  }

  Path peerPath() {
    return directory.resolve("peer.sock");
  }

  String any(Dice dice, Json json) {
    return switch (dice.below(12)) {
      case 0, 1, 2, 3 -> inet(json, "127.0.0.1", port(dice));
      case 4, 5 -> inet(json, "::1", port(dice));
      case 6, 7 -> unix(json, path(dice));
      case 8 -> unix(json, "@fuzz-" + directory.getFileName() + dice.below(6));
      case 9 ->
          inet(json, dice.of("127.0.0.1%lo", "::1%lo", "", "localhost", "::1%99", "[::1]"), 0);
      case 10 -> oddPath(dice, json);
      default -> json.wild();
    };
  }

  private String port(Dice dice) {
    return String.valueOf(number(dice));
  }

  private static String inet(Json json, String host, Object port) {
    return "{\"host\":" + json.quote(host) + ",\"port\":" + port + "}";
  }

  private static String unix(Json json, String path) {
    return "{\"path\":" + json.quote(path) + "}";
  }

  private int number(Dice dice) {
    int drawn = dice.below(100);
    if (drawn < 50) {
      return 0;
    } else if (drawn < 80 && !ports.isEmpty()) {
      return ports.get(drawn % ports.size());
    }
    return drawn < 95 ? PORT_FIRST + drawn % 4 : dice.of(-1, 65_536, 1 << 20);
  }

  private String path(Dice dice) {
    return dice.oneIn(8) ? brokerSocket.toString() : in("s" + dice.below(6));
  }

  private String oddPath(Dice dice, Json json) {
    return unix(
        json,
        dice.of(
            "",
            "@",
            peerPath().toString(),
            in("no/such"),
            in("x".repeat(120)),
            in("z\u0000"),
            directory.toString(),
            brokerSocket.getParent() + "/own"));
  }

  private String in(String name) {
    return directory.resolve("u").toString() + "/" + name;
  }
}
