package dev.sockbroker.bench;

import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketRing;
import dev.sockbroker.client.SocketStream;
import io.netty.channel.unix.FileDescriptor;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A connection of a web server, in one lane. Buffers are direct. Only one thread uses it. */
record WebConnection(Reading reading, Writing writing, Closeable closing) implements Closeable {
  /**
   * The size of each direction of a ring. The rings of 256 connections, and of as many that are
   * about to close, fit into the limit of a session.
   */
  private static final int RING_BYTES = 8 << 10;

  /** Waits for bytes. Returns -1 at the end of the stream. */
  interface Reading {
    int read(ByteBuffer into) throws IOException;
  }

  /** Writes bytes, possibly not all of them. */
  interface Writing {
    void write(ByteBuffer from) throws IOException;
  }

  static WebConnection of(SocketChannel channel) {
    return new WebConnection(channel::read, channel::write, channel);
  }

  /** As programs use the socket of a factory. */
  static WebConnection of(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    byte[] bytes = new byte[WebServer.REQUEST_BYTES_MAX];
    return new WebConnection(
        into -> {
          int count = in.read(bytes, 0, into.remaining());
          into.put(bytes, 0, Math.max(0, count));
          return count;
        },
        from -> {
          int count = from.remaining();
          from.get(bytes, 0, count);
          out.write(bytes, 0, count);
        },
        socket);
  }

  /** Attaches a lane. Without one the client sees the end. */
  static WebConnection of(String lane, SharedSocket socket) throws IOException {
    try {
      return attach(lane, socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static WebConnection attach(String lane, SharedSocket socket) throws IOException {
    return switch (lane) {
      case "framed" -> new WebConnection(socket::receive, socket::send, socket::close);
      case "stream" -> {
        SocketStream stream = socket.stream();
        yield new WebConnection(stream::read, stream::write, socket::close);
      }
      case "ring" -> {
        SocketRing ring = socket.ring(RING_BYTES);
        yield new WebConnection(ring::read, ring::write, socket::close);
      }
      case "fd" -> ofFd(socket);
      default -> throw new IllegalArgumentException(lane + " is not a web server's lane");
    };
  }

  private static WebConnection ofFd(SharedSocket socket) throws IOException {
    ExportedSocket exported = socket.exportBlocking();
    FileDescriptor fd = new FileDescriptor(exported.fd());
    return new WebConnection(
        into -> {
          int count = fd.read(into, into.position(), into.limit());
          into.position(into.position() + Math.max(0, count));
          return count;
        },
        from -> from.position(from.position() + fd.write(from, from.position(), from.limit())),
        () -> {
          // both, so that the peer sees the end
          exported.close();
          socket.close();
        });
  }

  @Override
  public void close() throws IOException {
    closing.close();
  }
}
