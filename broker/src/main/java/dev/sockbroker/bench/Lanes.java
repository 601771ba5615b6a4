package dev.sockbroker.bench;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The lanes by name. */
public final class Lanes {
  /** The worker owns its socket, and the peer meets it. */
  public static final String NATIVE = "native";

  /** By way of the broker. */
  private static final List<String> BROKERED =
      List.of("framed", "framed-async", "ring", "ring-copy", "fd");

  private Lanes() {}

  /** What is measured if nothing is said. */
  public static List<String> usual() {
    return Stream.concat(Stream.of(NATIVE), BROKERED.stream()).toList();
  }

  /** All that there is, those by way of another program included. */
  public static List<String> all() {
    return Stream.concat(usual().stream(), Proxy.LANES.stream()).toList();
  }

  /** Through each program that is installed. */
  public static List<String> throughInstalled() {
    return Proxy.LANES.stream().filter(Proxy::isInstalled).toList();
  }

  /** Programs that are not, of those that there are lanes for. */
  public static Set<String> missingPrograms() {
    return Proxy.LANES.stream()
        .filter(lane -> !Proxy.isInstalled(lane))
        .map(Proxy::program)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Whether the worker is the peer's neighbour, and nobody's bytes pass through a third process.
   */
  static boolean isDirect(String lane) {
    return lane.equals(NATIVE) || lane.equals("fd");
  }

  static boolean isBrokered(String lane) {
    return BROKERED.contains(lane);
  }
}
