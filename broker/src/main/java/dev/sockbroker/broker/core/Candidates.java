package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Chooses the addresses of a host to which a socket tries to connect, and their order. */
final class Candidates {
  /** An upper bound, because each attempt costs time and possibly a socket. */
  private static final int MAX = 16;

  private Candidates() {}

  /**
   * Returns the addresses for a socket whose family is not chosen yet. The families alternate, and
   * the first address comes first (RFC 8305, section 4).
   */
  static ArrayDeque<Address> ofBoth(List<Address> found) {
    if (found.isEmpty()) {
      return new ArrayDeque<>();
    }
    Family preferred = family(found.getFirst());
    ArrayDeque<Address> first = new ArrayDeque<>();
    ArrayDeque<Address> second = new ArrayDeque<>();
    found.forEach(it -> (family(it) == preferred ? first : second).add(it));
    ArrayDeque<Address> order = new ArrayDeque<>();
    while (order.size() < MAX && !(first.isEmpty() && second.isEmpty())) {
      Stream.of(first, second).filter(it -> !it.isEmpty()).forEach(it -> order.add(it.poll()));
    }
    return order;
  }

  /**
   * Returns the addresses for a socket of one family.
   *
   * @param mapsFour whether it also reaches IPv4, by mapped addresses
   */
  static ArrayDeque<Address> of(List<Address> found, Family family, boolean mapsFour) {
    List<Address> suitable = new ArrayList<>();
    for (Address it : ofBoth(found)) {
      if (family(it) == family) {
        suitable.add(it);
      } else if (mapsFour && family == Family.INET6) {
        suitable.add(Address.inet("::ffff:" + it.host(), it.port()));
      }
    }
    return new ArrayDeque<>(suitable);
  }

  static Family family(Address literal) {
    return literal.host().indexOf(':') >= 0 ? Family.INET6 : Family.INET;
  }
}
