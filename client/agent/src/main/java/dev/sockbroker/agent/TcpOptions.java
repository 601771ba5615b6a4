package dev.sockbroker.agent;

import java.io.FileDescriptor;
import java.io.IOException;

/**
 * The options that programs set before they connect. The broker's socket, which replaces the
 * program's, gets them.
 */
final class TcpOptions {
  private static final int SOL_SOCKET = 1;
  private static final int IPPROTO_TCP = 6;

  /** SO_KEEPALIVE, TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT: level and number. */
  private static final int[][] OPTIONS = {
    {SOL_SOCKET, 9}, {IPPROTO_TCP, 1}, {IPPROTO_TCP, 4}, {IPPROTO_TCP, 5}, {IPPROTO_TCP, 6}
  };

  private final int[] values = new int[OPTIONS.length];

  static TcpOptions of(FileDescriptor fd) throws IOException {
    TcpOptions options = new TcpOptions();
    for (int i = 0; i < OPTIONS.length; i++) {
      options.values[i] = Jdk.option(fd, OPTIONS[i][0], OPTIONS[i][1]);
    }
    return options;
  }

  void copyTo(FileDescriptor fd) throws IOException {
    for (int i = 0; i < OPTIONS.length; i++) {
      Jdk.setOption(fd, OPTIONS[i][0], OPTIONS[i][1], values[i]);
    }
  }
}
