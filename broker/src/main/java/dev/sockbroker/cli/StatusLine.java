package dev.sockbroker.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A progress line on stderr. Each update replaces the line. */
final class StatusLine implements Closeable {
  private static final String ERASE = "\r\033[K";

  private final PrintStream err;
  private final boolean shown;

  private StatusLine(PrintStream err, boolean shown) {
    this.err = err;
    this.shown = shown;
  }

  /** Shows nothing if stderr is not a terminal. */
  static StatusLine of(Terminal terminal) throws IOException {
    return new StatusLine(terminal.err(), isTerminal(Path.of("/proc/self/fd/2")));
  }

  /** Java can check only stdin and stdout. */
  private static boolean isTerminal(Path stream) throws IOException {
    if (!Files.isSymbolicLink(stream)) {
      return false;
    }
    String file = Files.readSymbolicLink(stream).toString();
    return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
  }

  void show(String text) {
    if (shown) {
      err.print(ERASE + text);
      err.flush();
    }
  }

  @Override
  public void close() {
    show("");
  }
}
