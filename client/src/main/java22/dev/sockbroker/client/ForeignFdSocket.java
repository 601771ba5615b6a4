package dev.sockbroker.client;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * By the foreign function API, so without Netty. The memory of a call belongs to that call, and is
 * freed with it.
 */
final class ForeignFdSocket implements FdSocket {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int UCRED_BYTES = 12;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  // struct sockaddr_un: the family, then the path with a NUL
  private static final int PATH = 2;
  private static final int PATH_MAX = 107;

  // struct msghdr, with struct iovec and struct cmsghdr for one fd, on machines of 64 bits
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;
  private static final int MSGHDR_BYTES = 56;
  private static final int IOVEC_BYTES = 16;
  private static final int CMSG_DATA = 16;
  private static final int CMSG_SPACE = 24;

  private final int fd;
  private final AtomicBoolean closed = new AtomicBoolean();

  private ForeignFdSocket(int fd) {
    this.fd = fd;
  }

  static boolean isSupported() {
    return true;
  }

  static FdSocket open() throws IOException {
    long fd =
        ForeignCall.SOCKET.make(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, /* any */ 0);
    return new ForeignFdSocket((int) checked("socket", fd));
  }

  @Override
  public void connect(Path path) throws IOException {
    byte[] bytes =
        path.toString().getBytes(Charset.forName(System.getProperty("sun.jnu.encoding")));
    if (bytes.length > PATH_MAX) {
      throw new IOException(path + " is longer than " + PATH_MAX + " bytes");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(PATH + bytes.length + 1L, Short.BYTES);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(bytes, 0, address, JAVA_BYTE, PATH, bytes.length);
      long answer = ForeignCall.CONNECT.make(fd, address.address(), address.byteSize());
      if (answer == -Errno.EAGAIN || answer == -Errno.ECONNREFUSED) {
        throw new ConnectException(path + ": " + Errno.name((int) -answer));
      }
      checked("connect to " + path, answer);
    }
  }

  /** The uid is the second field of struct ucred (unix(7)). */
  @Override
  public int peerUid() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ucred = arena.allocate(UCRED_BYTES, Integer.BYTES);
      MemorySegment length = arena.allocateFrom(JAVA_INT, UCRED_BYTES);
      checked(
          "getsockopt",
          ForeignCall.GETSOCKOPT.make(
              fd, SOL_SOCKET, SO_PEERCRED, ucred.address(), length.address()));
      return ucred.get(JAVA_INT, Integer.BYTES);
    }
  }

  @Override
  public void send(ByteBuffer bytes) throws IOException {
    MemorySegment memory = MemorySegment.ofBuffer(bytes);
    long sent =
        ForeignCall.SENDTO.make(fd, memory.address(), memory.byteSize(), MSG_NOSIGNAL, 0, 0);
    if (checked("send", sent) != bytes.remaining()) {
      throw new IOException("the peer takes only a part");
    }
    bytes.position(bytes.limit());
  }

  @Override
  public int receive(ByteBuffer into) throws IOException {
    MemorySegment memory = MemorySegment.ofBuffer(into);
    long count = ForeignCall.RECVFROM.make(fd, memory.address(), memory.byteSize(), 0, 0, 0);
    if (count == -Errno.EAGAIN) {
      return 0;
    }
    into.position(into.position() + (int) checked("recv", count));
    return count == 0 ? -1 : (int) count;
  }

  @Override
  public int receiveFd() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment control = arena.allocate(CMSG_SPACE, Long.BYTES);
      MemorySegment header = header(arena, arena.allocate(1), control);
      long count = ForeignCall.RECVMSG.make(fd, header.address(), MSG_CMSG_CLOEXEC);
      if (checked("recvmsg", count) == 0) {
        throw new IOException("the broker closed the fd connection");
      } else if (header.get(JAVA_LONG, MSG_CONTROLLEN) <= CMSG_DATA) {
        throw new IOException("no fd came; this process may have reached its limit of open files");
      }
      return control.get(JAVA_INT, CMSG_DATA);
    }
  }

  private static MemorySegment header(Arena arena, MemorySegment bytes, MemorySegment control) {
    MemorySegment vector = arena.allocate(IOVEC_BYTES, Long.BYTES);
    vector.set(JAVA_LONG, 0, bytes.address());
    vector.set(JAVA_LONG, Long.BYTES, bytes.byteSize());
    MemorySegment header = arena.allocate(MSGHDR_BYTES, Long.BYTES);
    header.set(JAVA_LONG, MSG_IOV, vector.address());
    header.set(JAVA_LONG, MSG_IOVLEN, 1);
    header.set(JAVA_LONG, MSG_CONTROL, control.address());
    header.set(JAVA_LONG, MSG_CONTROLLEN, control.byteSize());
    return header;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      // close(2): the fd is closed even if this fails
      ForeignCall.CLOSE.make(fd);
    }
  }

  static void close(int fd) throws IOException {
    checked("close", ForeignCall.CLOSE.make(fd));
  }

  private static long checked(String call, long answer) throws IOException {
    if (answer < 0) {
      throw new IOException(call + ": " + Errno.name((int) -answer));
    }
    return answer;
  }
}
