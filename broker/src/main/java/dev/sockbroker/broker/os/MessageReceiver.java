package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.InetText;
import dev.sockbroker.protocol.Reply.ControlData;
import dev.sockbroker.protocol.SocketType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Calls recvmsg(2) with structures that are allocated once. Loop thread only. */
final class MessageReceiver {
  // struct msghdr
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int HEADER_ROOM = 56;
  // struct iovec
  private static final int BASE = 0;
  private static final int LENGTH = 8;
  private static final int VECTOR_ROOM = 16;
  // struct cmsghdr
  private static final int LEVEL = 8;
  private static final int TYPE = 12;
  private static final int DATA = 16;

  /** More than all options of rule 50 can produce together. */
  private static final int CONTROL_ROOM = 512;

  private static final int IP_TOS = 1;
  private static final int IP_TTL = 2;
  private static final int IP_PKTINFO = 8;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_HOPLIMIT = 52;
  private static final int IPV6_TCLASS = 67;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final SystemCalls calls;
  private final SocketAddresses addresses;
  private final CallLog log;
  private final MemorySegment header = Arena.global().allocate(HEADER_ROOM, 8);
  private final MemorySegment vector = Arena.global().allocate(VECTOR_ROOM, 8);
  private final MemorySegment peeked = Arena.global().allocate(1);
  private final MemorySegment control = Arena.global().allocate(CONTROL_ROOM, 8);

  /** The lengths of the last message's address and control data. */
  private int nameLength;

  private int controlLength;

  /**
   * @param log null if no calls are noted
   */
  MessageReceiver(SystemCalls calls, SocketAddresses addresses, CallLog log) {
    this.log = log;
    this.calls = calls;
    this.addresses = addresses;
    header.set(JAVA_LONG, VECTOR, vector.address());
    header.set(JAVA_LONG, VECTOR_COUNT, 1);
  }

  /**
   * Receives one message.
   *
   * @param buffer the address of memory with room for {@code length} bytes
   * @return the bytes received, or -errno
   */
  int receive(
      int fd, Family family, SocketType type, long buffer, int length, int flags, Arrival arrival) {
    boolean datagram = type == SocketType.DGRAM;
    vector.set(JAVA_LONG, BASE, buffer);
    vector.set(JAVA_LONG, LENGTH, length);
    // With MSG_TRUNC the call returns the full size of a datagram. On TCP it would discard the
    // bytes (rule 47).
    int allFlags = datagram ? flags | Linux.MSG_TRUNC : flags;
    // A Unix peer could send descriptors. Without a control buffer the kernel discards them.
    boolean controlled = family != Family.UNIX;
    boolean logged = log != null && (flags & Linux.MSG_PEEK) == 0;
    int count =
        logged
            ? receiveLogged(fd, buffer, length, datagram, controlled, allFlags)
            : receivePlain(fd, datagram, controlled, allFlags);
    if (count < 0) {
      return count;
    }
    if (datagram) {
      arrival.from = addresses.read(nameLength);
      arrival.size = count;
    }
    arrival.control = controlData(controlLength);
    return Math.min(count, length);
  }

  /** Receives the urgent byte: recv(2) with the flags. */
  int receiveUrgent(int fd, long buffer, int flags) {
    if (log == null || (flags & Linux.MSG_PEEK) != 0) {
      return (int) calls.recv(fd, buffer, 1, flags);
    }
    vector.set(JAVA_LONG, BASE, buffer);
    vector.set(JAVA_LONG, LENGTH, 1);
    return receiveLogged(fd, buffer, 1, false, false, flags);
  }

  private int receivePlain(int fd, boolean datagram, boolean controlled, int flags) {
    header.set(JAVA_LONG, NAME, datagram ? addresses.memory() : 0);
    header.set(JAVA_INT, NAME_LENGTH, datagram ? addresses.room() : 0);
    header.set(JAVA_LONG, CONTROL, controlled ? control.address() : 0);
    header.set(JAVA_LONG, CONTROL_LENGTH, controlled ? CONTROL_ROOM : 0);
    int count = (int) calls.recvmsg(fd, header.address(), flags);
    nameLength = header.get(JAVA_INT, NAME_LENGTH);
    controlLength = (int) header.get(JAVA_LONG, CONTROL_LENGTH);
    return count;
  }

  /** Receives with everything that belongs to the message in the log. */
  private int receiveLogged(
      int fd, long buffer, int length, boolean datagram, boolean controlled, int flags) {
    long at = log.begin(CallLog.Kind.RECEIVE, fd, buffer, length);
    MemorySegment memory = log.memory();
    long message = at + CallLog.MESSAGE;
    memory.set(JAVA_LONG, message + NAME, datagram ? memory.address() + at + CallLog.NAME : 0);
    memory.set(JAVA_INT, message + NAME_LENGTH, datagram ? addresses.room() : 0);
    memory.set(JAVA_LONG, message + VECTOR, vector.address());
    memory.set(JAVA_LONG, message + VECTOR_COUNT, 1);
    memory.set(
        JAVA_LONG, message + CONTROL, controlled ? memory.address() + at + CallLog.CONTROL : 0);
    memory.set(JAVA_LONG, message + CONTROL_LENGTH, controlled ? CONTROL_ROOM : 0);
    memory.set(JAVA_INT, message + FLAGS, 0);
    int answer = calls.recvmmsg(fd, log.message(at), flags);
    if (answer < 1) {
      log.settle();
      return answer == 0 ? -Errno.EAGAIN : answer;
    }
    readLogged(at);
    return log.length(at);
  }

  /** Takes what the kernel has written for a call to where it is decoded. */
  private void readLogged(long at) {
    MemorySegment memory = log.memory();
    nameLength = memory.get(JAVA_INT, at + CallLog.MESSAGE + NAME_LENGTH);
    controlLength = (int) memory.get(JAVA_LONG, at + CallLog.MESSAGE + CONTROL_LENGTH);
    if (nameLength > 0) {
      addresses.copy(memory.asSlice(at + CallLog.NAME, CallLog.NAME_ROOM));
    }
    if (controlLength > 0) {
      MemorySegment.copy(memory, at + CallLog.CONTROL, control, 0, controlLength);
    }
  }

  /** Decodes what came with the bytes of a call in the log. */
  Arrival arrival(long at, int length) {
    readLogged(at);
    Arrival arrival = new Arrival();
    if (nameLength > 0) {
      arrival.from = addresses.read(nameLength);
      arrival.size = length;
    }
    arrival.control = controlData(controlLength);
    return arrival;
  }

  /**
   * Returns the length of the receive queue by TCP_INQ, which must be on. Takes nothing from the
   * queue. Returns -errno, or 0 if the kernel does not report it.
   */
  int peekQueueLength(int fd) {
    header.set(JAVA_LONG, NAME, 0);
    header.set(JAVA_INT, NAME_LENGTH, 0);
    vector.set(JAVA_LONG, BASE, peeked.address());
    vector.set(JAVA_LONG, LENGTH, peeked.byteSize());
    header.set(JAVA_LONG, CONTROL, control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH, CONTROL_ROOM);
    int count = (int) calls.recvmsg(fd, header.address(), Linux.MSG_PEEK | Linux.MSG_DONTWAIT);
    return count < 0 ? count : queueLength((int) header.get(JAVA_LONG, CONTROL_LENGTH));
  }

  /** Finds the queue length among the control data, which can contain other options. */
  private int queueLength(int end) {
    for (int at = 0; end - at >= DATA; at += aligned((int) control.get(JAVA_LONG, at))) {
      if (control.get(JAVA_INT, at + LEVEL) == Linux.SOL_TCP
          && control.get(JAVA_INT, at + TYPE) == Linux.TCP_INQ) {
        return control.get(JAVA_INT, at + DATA);
      }
    }
    return 0;
  }

  private static int aligned(int length) {
    return (length + 7) & ~7;
  }

  private ControlData controlData(int end) {
    if (end < DATA) {
      return null;
    }
    ControlReader reader = new ControlReader();
    int at = 0;
    while (end - at >= DATA) {
      int length = (int) control.get(JAVA_LONG, at);
      if (length < DATA || length > end - at) {
        throw new IllegalStateException("control data of " + length + " bytes at " + at);
      }
      reader.read(control.get(JAVA_INT, at + LEVEL), control.get(JAVA_INT, at + TYPE), at + DATA);
      at += aligned(length);
    }
    return reader.answer();
  }

  /** Gathers the parts of one message's control data. */
  private final class ControlReader {
    private Integer tos;
    private Integer ttl;
    private String destination;
    private Integer interfaceIndex;
    private Long timestampNanos;
    private Integer segmentSize;

    void read(int level, int type, int at) {
      switch (level) {
        case Linux.SOL_IP -> readIp(type, at);
        case Linux.SOL_IPV6 -> readIpv6(type, at);
        case Linux.SOL_SOCKET -> {
          if (type == Linux.SO_TIMESTAMPNS) {
            timestampNanos =
                control.get(JAVA_LONG, at) * NANOS_PER_SECOND + control.get(JAVA_LONG, at + 8);
          }
        }
        case Linux.SOL_UDP -> {
          if (type == Linux.UDP_GRO) {
            segmentSize = control.get(JAVA_INT, at);
          }
        }
        default -> {
          // An option that was set by number can produce data for which the protocol has no field.
        }
      }
    }

    private void readIp(int type, int at) {
      switch (type) {
        case IP_TOS -> tos = control.get(JAVA_BYTE, at) & 0xff;
        case IP_TTL -> ttl = control.get(JAVA_INT, at);
        case IP_PKTINFO -> {
          interfaceIndex = control.get(JAVA_INT, at);
          destination = literal(at + 8, 4);
        }
        default -> {
          // As above.
        }
      }
    }

    private void readIpv6(int type, int at) {
      switch (type) {
        case IPV6_TCLASS -> tos = control.get(JAVA_INT, at);
        case IPV6_HOPLIMIT -> ttl = control.get(JAVA_INT, at);
        case IPV6_PKTINFO -> {
          destination = literal(at, 16);
          interfaceIndex = control.get(JAVA_INT, at + 16);
        }
        default -> {
          // As above.
        }
      }
    }

    private String literal(int at, int count) {
      return InetText.format(control.asSlice(at, count).toArray(JAVA_BYTE));
    }

    ControlData answer() {
      return new ControlData(tos, ttl, destination, interfaceIndex, timestampNanos, segmentSize);
    }
  }
}
