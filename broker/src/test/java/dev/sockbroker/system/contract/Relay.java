package dev.sockbroker.system.contract;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The listener to which workers connect, with one connection for each of their sessions. */
public final class Relay implements Closeable {
  private final Path path;
  private final ServerSocketChannel listener;

  public Relay(Path path) throws IOException {
    this.path = path;
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(path));
    // Workers of other users connect here too; the directory decides which users may.
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
  }

  public Path path() {
    return path;
  }

  /** Makes a worker open a session, one at a time. Returns the connection to it. */
  public synchronized SocketChannel next(Runnable ask) {
    ask.run();
    try {
      return listener.accept();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
