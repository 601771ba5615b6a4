package dev.sockbroker.agent;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.nio.channels.ServerSocketChannel;

/**
 * For Java 17 to 21, which have no dup3(2): the JDK's descriptor gets the number of another file. A
 * channel has a copy of the number, for selectors, and so {@link RecordingProvider} has to know it.
 */
final class Renumbering implements FdReplacement {
  private static final Class<?> FILES = Jdk.type("sun.nio.fs.UnixNativeDispatcher");
  private static final MethodHandle DUP = Jdk.method(FILES, "dup", int.class, int.class);
  private static final MethodHandle CLOSE = Jdk.method(FILES, "close", void.class, int.class);
  private static final MethodHandle SET_NUMBER =
      Jdk.method(
          Jdk.type("sun.nio.ch.IOUtil"), "setfdVal", void.class, FileDescriptor.class, int.class);
  private static final Field CHANNELS_NUMBER = channelsNumber();

  private static Field channelsNumber() {
    try {
      Field field = Jdk.type("sun.nio.ch.ServerSocketChannelImpl").getDeclaredField("fdVal");
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException("a channel does not know its fd's number", e);
    }
  }

  @Override
  public void replace(FileDescriptor fd, int by) throws IOException {
    int before = Jdk.number(fd);
    int copy = Jdk.call(() -> (int) DUP.invoke(by));
    ServerSocketChannel channel = RecordingProvider.channelOf(fd);
    if (channel != null) {
      set(channel, copy);
    }
    Jdk.call(() -> SET_NUMBER.invoke(fd, copy));
    Jdk.call(() -> CLOSE.invoke(before));
  }

  private static void set(ServerSocketChannel channel, int number) {
    try {
      CHANNELS_NUMBER.setInt(channel, number);
    } catch (IllegalAccessException e) {
      throw new AssertionError("the field is accessible", e);
    }
  }
}
