package dev.sockbroker.agent;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.ref.WeakReference;
import java.net.ProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Makes the JDK's own channels and remembers which descriptor belongs to which server channel. The
 * JDK creates it, by the property {@code java.nio.channels.spi.SelectorProvider}. Any thread may
 * call any method.
 */
public final class RecordingProvider extends SelectorProvider {
  private static final MethodHandle JDKS =
      Jdk.method(
          Jdk.type("sun.nio.ch.DefaultSelectorProvider"),
          "get",
          Jdk.type("sun.nio.ch.SelectorProviderImpl"));
  private static final MethodHandle GET_FD =
      Jdk.ofObject(Jdk.type("sun.nio.ch.SelChImpl"), "getFD", FileDescriptor.class);

  /** A channel refers to its descriptor, so an entry ends with its channel. */
  private static final Map<FileDescriptor, WeakReference<ServerSocketChannel>> CHANNELS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final SelectorProvider jdks;

  /** Called by the JDK. */
  public RecordingProvider() throws IOException {
    jdks = Jdk.call(() -> (SelectorProvider) JDKS.invoke());
  }

  /** Returns null if no server channel has it. */
  static ServerSocketChannel channelOf(FileDescriptor fd) {
    WeakReference<ServerSocketChannel> channel = CHANNELS.get(fd);
    return channel == null ? null : channel.get();
  }

  private static ServerSocketChannel recorded(ServerSocketChannel channel) throws IOException {
    FileDescriptor fd = Jdk.call(() -> (FileDescriptor) GET_FD.invoke(channel));
    CHANNELS.put(fd, new WeakReference<>(channel));
    return channel;
  }

  @Override
  public ServerSocketChannel openServerSocketChannel() throws IOException {
    return recorded(jdks.openServerSocketChannel());
  }

  @Override
  public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
    return recorded(jdks.openServerSocketChannel(family));
  }

  @Override
  public SocketChannel openSocketChannel() throws IOException {
    return jdks.openSocketChannel();
  }

  @Override
  public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
    return jdks.openSocketChannel(family);
  }

  @Override
  public DatagramChannel openDatagramChannel() throws IOException {
    return jdks.openDatagramChannel();
  }

  @Override
  public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
    return jdks.openDatagramChannel(family);
  }

  @Override
  public Pipe openPipe() throws IOException {
    return jdks.openPipe();
  }

  @Override
  public AbstractSelector openSelector() throws IOException {
    return jdks.openSelector();
  }

  @Override
  public Channel inheritedChannel() throws IOException {
    return jdks.inheritedChannel();
  }
}
