package dev.sockbroker.agent;

import java.io.Closeable;
import java.io.IOException;

/** A listener of the broker's that this process can use. Any thread may call any method. */
interface Listener {
  /** Where a program binds to get it. */
  ListenAddress address();

  /** Gets its fd, for one bind. */
  HeldFd hold() throws IOException;

  /**
   * An fd of the listener.
   *
   * @param fd for the time of the bind; {@code afterBind} ends it
   * @param afterBind closes the fd, of which the JDK has a copy then, if this process can do
   *     without it
   * @param afterClose ends what this process has at the broker for it, when the program has closed
   *     its socket
   */
  record HeldFd(int fd, Closeable afterBind, Closeable afterClose) {}
}
