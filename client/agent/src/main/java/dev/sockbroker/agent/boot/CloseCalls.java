package dev.sockbroker.agent.boot;

import java.io.FileDescriptor;
import java.io.IOException;

/** The JDK's close of its sockets, which the agent makes in its place. */
public interface CloseCalls {
  /** {@code sun.nio.ch.UnixDispatcher.close0}, which is close(2). */
  void close(FileDescriptor fd) throws IOException;
}
