package dev.sockbroker.agent;

import java.io.FileDescriptor;
import java.io.IOException;

/** Replaces the file behind a descriptor that one of the JDK's sockets already uses. */
interface FdReplacement {
  /**
   * @param fd of a new socket of the JDK's, whose file is closed
   * @param by stays open and the caller's; the JDK gets a copy
   */
  void replace(FileDescriptor fd, int by) throws IOException;
}
