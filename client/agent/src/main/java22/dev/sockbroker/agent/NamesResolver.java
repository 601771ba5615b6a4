package dev.sockbroker.agent;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Gives each host name a placeholder, because the broker resolves it when the program connects. The
 * names of this machine have their own addresses, to which programs bind.
 */
final class NamesResolver implements InetAddressResolver {
  private static final String LOCALHOST = "localhost";

  private final PlaceholderAddresses names;
  private final InetAddressResolver jdks;
  private final String ownName;

  private NamesResolver(PlaceholderAddresses names, InetAddressResolver jdks, String ownName) {
    this.names = names;
    this.jdks = jdks;
    this.ownName = ownName;
  }

  static void install(PlaceholderAddresses names) throws IOException {
    MethodHandle get = Jdk.method(InetAddress.class, "resolver", InetAddressResolver.class);
    InetAddressResolver jdks = Jdk.call(() -> (InetAddressResolver) get.invoke());
    String ownName = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    MethodHandle set = Jdk.setter(InetAddress.class, "resolver", InetAddressResolver.class);
    NamesResolver resolver = new NamesResolver(names, jdks, ownName);
    Jdk.call(() -> set.invoke((InetAddressResolver) resolver));
  }

  private boolean isOfThisMachine(String host) {
    return host.equalsIgnoreCase(LOCALHOST)
        || host.toLowerCase().endsWith("." + LOCALHOST)
        || host.equalsIgnoreCase(ownName);
  }

  @Override
  public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
      throws UnknownHostException {
    return isOfThisMachine(host)
        ? jdks.lookupByName(host, policy)
        : Stream.of(names.of(host, (policy.characteristics() & LookupPolicy.IPV4) != 0));
  }

  @Override
  public String lookupByAddress(byte[] address) throws UnknownHostException {
    String name = names.nameOf(address);
    return name == null ? jdks.lookupByAddress(address) : name;
  }
}
