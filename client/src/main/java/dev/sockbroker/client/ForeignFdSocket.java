package dev.sockbroker.client;

import java.io.IOException;

/**
 * By the foreign function API. The jar contains this class a second time, for Java 22 and later,
 * which have that API. This one is for those that have not.
 */
final class ForeignFdSocket {
  private ForeignFdSocket() {}

  static boolean isSupported() {
    return false;
  }

  static FdSocket open() throws IOException {
    throw new IOException("this Java has no foreign function API");
  }

  static void close(int fd) throws IOException {
    throw new IOException("fd " + fd + ": this Java has no foreign function API");
  }
}
