package dev.sockbroker.agent;

/**
 * A listener that this process has inherited from {@code sockbroker exec}. Its fd stays open as
 * long as the process, so that a program can close its socket and bind again.
 */
record InheritedListener(ListenAddress address, int fd) implements Listener {
  @Override
  public HeldFd hold() {
    return new HeldFd(fd, () -> {}, () -> {});
  }
}
