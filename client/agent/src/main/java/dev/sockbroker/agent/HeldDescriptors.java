package dev.sockbroker.agent;

import dev.sockbroker.agent.boot.CloseCalls;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The JDK's descriptors that are sockets of the broker, with what this process holds at the broker
 * for each. Any thread may call any method.
 */
final class HeldDescriptors implements CloseCalls {
  private final Map<FileDescriptor, Closeable> held =
      Collections.synchronizedMap(new WeakHashMap<>());

  /**
   * @param afterClose ends what is held, when the JDK has closed the descriptor; it must not wait
   */
  void add(FileDescriptor fd, Closeable afterClose) {
    held.put(fd, afterClose);
  }

  void remove(FileDescriptor fd) {
    held.remove(fd);
  }

  boolean contains(FileDescriptor fd) {
    return held.containsKey(fd);
  }

  @Override
  public void close(FileDescriptor fd) throws IOException {
    Closeable after = held.remove(fd);
    try {
      Jdk.close(fd);
    } finally {
      if (after != null) {
        after.close();
      }
    }
  }
}
