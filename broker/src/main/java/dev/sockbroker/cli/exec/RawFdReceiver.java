package dev.sockbroker.cli.exec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sockbroker.cli.exec.Syscalls.Call;
import dev.sockbroker.protocol.BrokerPeer;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * The session's fd connection, through which the broker sends fds. The channels of the JDK cannot
 * receive fds. The connection stays open until the process becomes the program.
 */
public final class RawFdReceiver {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int SO_RCVTIMEO = 20;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** struct sockaddr_un: the family, then the path */
  private static final int ADDRESS_BYTES = 110;

  private static final int PATH = 2;

  // struct msghdr, struct iovec, and struct cmsghdr with one fd after it
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int HEADER_BYTES = 56;
  private static final int CMSG_ROOM = 24;
  private static final int CMSG_FD = 16;

  /** The offset of the request id in the message that carries an fd. */
  private static final int ID = 1;

  private static final int MESSAGE_BYTES = ID + Long.BYTES;

  /** Longer than most replies to a hello. */
  private static final int REPLY_BYTES = 4096;

  private final Arena memory = Arena.global();
  private final int fd;

  private RawFdReceiver(int fd) {
    this.fd = fd;
  }

  /**
   * @param socket the path of the broker
   * @param key of this process's session
   * @param patienceSeconds how long to wait for the broker
   */
  public static RawFdReceiver open(Path socket, String key, int patienceSeconds)
      throws IOException {
    long fd = Syscalls.call(Call.SOCKET, AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
    RawFdReceiver receiver = new RawFdReceiver(ExecException.check("socket", fd));
    receiver.limitWaits(patienceSeconds);
    receiver.connect(socket);
    BrokerPeer.check(socket, receiver.peerUid());
    receiver.hello(key);
    return receiver;
  }

  private void limitWaits(int seconds) throws ExecException {
    MemorySegment time = memory.allocate(2 * JAVA_LONG.byteSize(), 8);
    time.set(JAVA_LONG, 0, seconds);
    ExecException.check(
        "setsockopt",
        Syscalls.call(
            Call.SETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, time.address(), time.byteSize()));
  }

  private void connect(Path socket) throws ExecException {
    byte[] path =
        socket.toString().getBytes(Charset.forName(System.getProperty("sun.jnu.encoding")));
    MemorySegment address = memory.allocate(ADDRESS_BYTES, 2);
    address.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH, path.length);
    ExecException.check(
        "connect", Syscalls.call(Call.CONNECT, fd, address.address(), PATH + path.length + 1));
  }

  /** The uid is the second field of struct ucred (unix(7)). */
  private int peerUid() throws ExecException {
    MemorySegment ucred = memory.allocate(3 * JAVA_INT.byteSize(), 4);
    MemorySegment length = memory.allocateFrom(JAVA_INT, (int) ucred.byteSize());
    ExecException.check(
        "getsockopt",
        Syscalls.call(
            Call.GETSOCKOPT, fd, SOL_SOCKET, SO_PEERCRED, ucred.address(), length.address()));
    return ucred.get(JAVA_INT, Integer.BYTES);
  }

  private void hello(String key) throws IOException {
    FrameCodec codec = new FrameCodec();
    byte[] request = bytes(codec.encode(1, new Request.FdHello(key), 0));
    MemorySegment text = Syscalls.text(request);
    ExecException.check("write", Syscalls.call(Call.WRITE, fd, text.address(), request.length));
    FrameReader frames = new FrameReader(REPLY_BYTES);
    ByteBuffer frame = frames.read(this::read);
    if (codec.decode(frame, frames.frameBytesMax()).message() instanceof Reply.Error error) {
      throw new IOException("the fd connection is refused: " + error.message());
    }
  }

  /** Reads bytes that carry no fd. */
  private int read(ByteBuffer into) throws IOException {
    MemorySegment header = header(MemorySegment.ofBuffer(into), memory.allocate(CMSG_ROOM, 8));
    int count = ExecException.check("recvmsg", receive(header));
    into.position(into.position() + count);
    return count == 0 ? -1 : count;
  }

  /**
   * Receives the fd of a reply.
   *
   * @return a number that is close-on-exec
   */
  public int take(long requestId) throws IOException {
    Message message = receive(MESSAGE_BYTES);
    if (message.fd < 0) {
      throw new ExecException("take the fd that came", Errno.EMFILE);
    }
    if (ByteBuffer.wrap(message.bytes).getLong(ID) != requestId) {
      throw new IOException("an unexpected fd arrived");
    }
    return message.fd;
  }

  /**
   * @param fd -1 if none came
   */
  private record Message(byte[] bytes, int fd) {}

  private Message receive(int count) throws IOException {
    MemorySegment bytes = memory.allocate(count);
    MemorySegment control = memory.allocate(CMSG_ROOM, 8);
    int received = 0;
    int passed = -1;
    while (received < count) {
      MemorySegment header = header(bytes.asSlice(received), control);
      int answer = ExecException.check("recvmsg", receive(header));
      if (answer == 0) {
        throw new IOException("end of stream");
      }
      if (header.get(JAVA_LONG, CONTROL_LENGTH) > CMSG_FD) {
        passed = control.get(JAVA_INT, CMSG_FD);
      }
      received += answer;
    }
    return new Message(bytes.toArray(JAVA_BYTE), passed);
  }

  private long receive(MemorySegment header) {
    long answer;
    do {
      answer = Syscalls.call(Call.RECVMSG, fd, header.address(), MSG_CMSG_CLOEXEC);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  private MemorySegment header(MemorySegment room, MemorySegment control) {
    MemorySegment vector = memory.allocate(2 * JAVA_LONG.byteSize(), 8);
    vector.set(JAVA_LONG, 0, room.address());
    vector.set(JAVA_LONG, JAVA_LONG.byteSize(), room.byteSize());
    MemorySegment header = memory.allocate(HEADER_BYTES, 8);
    header.set(JAVA_LONG, VECTOR, vector.address());
    header.set(JAVA_LONG, VECTOR_COUNT, 1);
    header.set(JAVA_LONG, CONTROL, control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH, CMSG_ROOM);
    return header;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
