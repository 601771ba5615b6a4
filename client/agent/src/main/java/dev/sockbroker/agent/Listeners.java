package dev.sockbroker.agent;

import java.net.BindException;
import java.net.InetAddress;
import java.util.List;

/** Finds the listener for an address to which a program binds. */
final class Listeners {
  private final List<Listener> all;

  Listeners(List<Listener> all) {
    this.all = List.copyOf(all);
  }

  /**
   * Finds the listener with exactly this address. A program that binds to all addresses also gets a
   * listener that has its port on only one of them.
   *
   * @return the listener, or null to let the program open a socket of its own
   * @throws BindException if several have the port, and the program asks for all addresses
   */
  Listener find(InetAddress host, int port) throws BindException {
    for (Listener it : all) {
      if (it.address().is(host, port)) {
        return it;
      }
    }
    List<Listener> parts = all.stream().filter(it -> it.address().isPartOf(host, port)).toList();
    if (parts.size() > 1) {
      throw new BindException(
          "several listeners have port %d; bind to one of %s"
              .formatted(port, parts.stream().map(Listener::address).toList()));
    }
    return parts.isEmpty() ? null : parts.get(0);
  }
}
