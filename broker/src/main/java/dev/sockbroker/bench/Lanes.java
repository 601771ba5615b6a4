package dev.sockbroker.bench;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The lanes by name. */
public final class Lanes {
  /** The worker owns its socket, and the peer connects to it directly. */
  public static final String NATIVE = "native";

  /** The JDK's sockets, made by the broker's factories. */
  static final String FACTORY = "factory";

  /** A server on Netty, with a listener of its own. */
  static final String NETTY = "netty";

  /** The same with the fd of the broker's listener. */
  static final String NETTY_FD = "netty-fd";

  /** The lanes that use the broker. */
  private static final List<String> BROKERED =
      List.of("framed", "framed-async", "stream", FACTORY, "ring", "ring-copy", "fd", NETTY_FD);

  private Lanes() {}

  /** The lanes that are measured by default. */
  public static List<String> usual() {
    return Stream.concat(Stream.of(NATIVE, NETTY), BROKERED.stream()).toList();
  }

  /** All lanes, including those that use another program. */
  public static List<String> all() {
    return Stream.concat(usual().stream(), Proxy.LANES.stream()).toList();
  }

  /** The lanes that use an installed program. */
  public static List<String> throughInstalled() {
    return Proxy.LANES.stream().filter(Proxy::isInstalled).toList();
  }

  /** The programs of lanes that are not installed. */
  public static Set<String> missingPrograms() {
    return Proxy.LANES.stream()
        .filter(lane -> !Proxy.isInstalled(lane))
        .map(Proxy::program)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Whether the bytes pass from peer to worker without a third process. */
  static boolean isDirect(String lane) {
    return lane.equals(NATIVE) || lane.equals("fd") || isOfNetty(lane);
  }

  /** Whether only {@link Case#HTTP} measures a lane, because it is about a kind of server. */
  static boolean isOfNetty(String lane) {
    return lane.equals(NETTY) || lane.equals(NETTY_FD);
  }

  /** Whether {@link Case#HTTP} measures a lane: proxies only as most users configure them. */
  static boolean isForServers(String lane) {
    return WebListener.LANES.contains(lane) || Proxy.USUAL.contains(lane);
  }

  /** Whether {@link Case#JDBC} measures a lane: a driver uses sockets of the JDK. */
  static boolean isForDrivers(String lane) {
    return lane.equals(NATIVE) || lane.equals(FACTORY) || Proxy.USUAL.contains(lane);
  }

  static boolean isBrokered(String lane) {
    return BROKERED.contains(lane);
  }
}
