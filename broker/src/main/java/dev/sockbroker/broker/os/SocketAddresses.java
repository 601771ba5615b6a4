package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.kernel.UnixPathLength;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.InetText;
import dev.sockbroker.text.InetLiterals;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads and writes the kernel's address structures (ip(7), ipv6(7), unix(7)). All addresses use the
 * same memory. Loop thread only.
 */
final class SocketAddresses {
  private static final ValueLayout.OfShort NETWORK_SHORT =
      JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  /** The size of sockaddr_storage. No address is longer. */
  private static final int ROOM = 128;

  private static final int INET_LENGTH = 16;
  private static final int INET6_LENGTH = 28;
  private static final int PORT = 2;
  private static final int INET_ADDRESS = 4;
  private static final int INET6_FLOW = 4;
  private static final int INET6_ADDRESS = 8;
  private static final int INET6_SCOPE = 24;
  private static final int PATH = 2;

  private final NetworkInterfaces interfaces;
  private final MemorySegment memory = Arena.global().allocate(ROOM, 8);
  private final MemorySegment length = Arena.global().allocate(JAVA_INT);

  SocketAddresses(NetworkInterfaces interfaces) {
    this.interfaces = interfaces;
  }

  /** The memory for an address, which {@link #write} and the kernel fill. */
  long memory() {
    return memory.address();
  }

  int room() {
    return ROOM;
  }

  /** Takes an address that the kernel has written elsewhere. */
  void copy(MemorySegment address) {
    MemorySegment.copy(address, 0, memory, 0, Math.min(ROOM, address.byteSize()));
  }

  /**
   * The address of an int with the size of the memory, which a call replaces by the length of the
   * address.
   */
  long lengthMemory() {
    length.set(JAVA_INT, 0, ROOM);
    return length.address();
  }

  /** Reads the address that the kernel wrote, with the length at {@link #lengthMemory}. */
  Address read() {
    return read(length.get(JAVA_INT, 0));
  }

  /**
   * Reads the address that the kernel wrote. An unnamed Unix address has an empty path.
   *
   * @param length as returned by the kernel
   */
  Address read(int length) {
    if (length < PATH) {
      return Address.unix("");
    }
    return switch (memory.get(JAVA_SHORT, 0)) {
      case Linux.AF_INET -> Address.inet(InetText.format(bytes(INET_ADDRESS, 4)), port());
      case Linux.AF_INET6 -> Address.inet(readInet6(), port());
      default -> Address.unix(readPath(Math.min(length, ROOM)));
    };
  }

  private int port() {
    return memory.get(NETWORK_SHORT, PORT) & 0xffff;
  }

  private String readInet6() {
    String literal = InetText.format(bytes(INET6_ADDRESS, 16));
    int scope = memory.get(JAVA_INT, INET6_SCOPE);
    return scope == 0 ? literal : literal + "%" + interfaces.name(scope);
  }

  private String readPath(int length) {
    byte[] path = bytes(PATH, length - PATH);
    if (path.length > 0 && path[0] == 0) {
      return "@" + new String(path, 1, path.length - 1, StandardCharsets.UTF_8);
    }
    int end = 0;
    while (end < path.length && path[end] != 0) {
      end++;
    }
    return new String(path, 0, end, StandardCharsets.UTF_8);
  }

  private byte[] bytes(int at, int count) {
    return memory.asSlice(at, count).toArray(JAVA_BYTE);
  }

  /**
   * Writes an address in the form that a socket of this family expects. For an IPv6 socket an IPv4
   * literal is written in its mapped form.
   *
   * @return its length
   * @throws RefusedException EAFNOSUPPORT if the address has another family, EINVAL if it is not a
   *     literal, ENAMETOOLONG, or ENODEV for an unknown scope
   */
  int write(Family family, Address address) {
    memory.fill((byte) 0);
    memory.set(JAVA_SHORT, 0, (short) Linux.number(family));
    return switch (family) {
      case UNIX -> writePath(address);
      case INET -> writeInet(address);
      case INET6 -> writeInet6(address);
    };
  }

  private int writePath(Address address) {
    if (address.path() == null) {
      throw new RefusedException(
          Errno.EAFNOSUPPORT, "a Unix socket takes a path, not the address " + address);
    }
    if (address.path().isEmpty()) {
      return PATH;
    }
    byte[] path = UnixPathLength.check(address.path());
    boolean isAbstract = path[0] == '@';
    if (!isAbstract && path[0] != '/') {
      throw new RefusedException(
          Errno.EINVAL,
          "the path '"
              + address.path()
              + "' is relative, but the broker's working directory differs from its clients'; give"
              + " an absolute path");
    }
    if (!isAbstract && address.path().indexOf('\0') >= 0) {
      throw new RefusedException(Errno.EINVAL, "the path has a NUL character in it");
    }
    MemorySegment.copy(path, 0, memory, JAVA_BYTE, PATH, path.length);
    if (isAbstract) {
      memory.set(JAVA_BYTE, PATH, (byte) 0);
      return PATH + path.length;
    }
    return PATH + path.length + 1;
  }

  /** Writes a path unchanged. The caller ensures that it fits. */
  int writeFile(byte[] path) {
    memory.fill((byte) 0);
    memory.set(JAVA_SHORT, 0, (short) Linux.AF_UNIX);
    MemorySegment.copy(path, 0, memory, JAVA_BYTE, PATH, path.length);
    return PATH + path.length + 1;
  }

  private int writeInet(Address address) {
    byte[] bytes = literal(address, host(address));
    if (bytes.length != 4) {
      throw new RefusedException(
          Errno.EAFNOSUPPORT, "an INET socket takes IPv4 addresses, " + address + " is IPv6");
    }
    memory.set(NETWORK_SHORT, PORT, address.port().shortValue());
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, INET_ADDRESS, bytes.length);
    return INET_LENGTH;
  }

  private int writeInet6(Address address) {
    String host = host(address);
    int percent = host.indexOf('%');
    byte[] bytes = literal(address, percent < 0 ? host : host.substring(0, percent));
    if (bytes.length == 4) {
      if (percent >= 0) {
        throw new RefusedException(Errno.EINVAL, "an IPv4 address has no scope: " + address);
      }
      bytes = InetLiterals.mapped(bytes);
    }
    int scope = percent < 0 ? 0 : interfaces.index(host.substring(percent + 1));
    memory.set(NETWORK_SHORT, PORT, address.port().shortValue());
    memory.set(JAVA_INT, INET6_FLOW, 0);
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, INET6_ADDRESS, bytes.length);
    memory.set(JAVA_INT, INET6_SCOPE, scope);
    return INET6_LENGTH;
  }

  private static String host(Address address) {
    if (address.host() == null) {
      throw new RefusedException(
          Errno.EAFNOSUPPORT,
          "an internet socket takes a host and a port, not the path '" + address.path() + "'");
    }
    return address.host();
  }

  private static byte[] literal(Address address, String text) {
    byte[] bytes = InetLiterals.parse(text);
    if (bytes == null) {
      throw new RefusedException(
          Errno.EINVAL,
          "'"
              + address.host()
              + "' is not an IPv4 or IPv6 literal; clients resolve names, the broker does not");
    }
    return bytes;
  }
}
