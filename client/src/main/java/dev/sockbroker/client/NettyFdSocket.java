package dev.sockbroker.client;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** By Netty's native transport. */
final class NettyFdSocket implements FdSocket {
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int UCRED_BYTES = 12;

  private final Socket socket = Socket.newSocketDomain();

  @Override
  public void connect(Path path) throws IOException {
    socket.connect(new DomainSocketAddress(path.toString()));
  }

  /** The uid is the second field of struct ucred (unix(7)). */
  @Override
  public int peerUid() throws IOException {
    ByteBuffer ucred = ByteBuffer.allocateDirect(UCRED_BYTES).order(ByteOrder.nativeOrder());
    socket.getRawOpt(SOL_SOCKET, SO_PEERCRED, ucred);
    return ucred.getInt(Integer.BYTES);
  }

  @Override
  public void send(ByteBuffer bytes) throws IOException {
    int count = bytes.remaining();
    int sent = socket.send(bytes, bytes.position(), bytes.limit());
    if (sent != count) {
      throw new IOException("the peer takes nothing");
    }
    bytes.position(bytes.limit());
  }

  @Override
  public int receive(ByteBuffer into) throws IOException {
    int count = socket.recv(into, into.position(), into.limit());
    into.position(into.position() + Math.max(count, 0));
    return count;
  }

  @Override
  public int receiveFd() throws IOException {
    int fd = socket.recvFd();
    if (fd < 0) {
      throw new IOException("the broker closed the fd connection");
    } else if (fd == 0) {
      throw new IOException("nothing was there");
    }
    return fd;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // close(2): the fd is closed even if this fails
      return;
    }
  }

  static void close(int fd) throws IOException {
    new FileDescriptor(fd).close();
  }
}
