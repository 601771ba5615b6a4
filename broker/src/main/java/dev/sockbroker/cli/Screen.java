package dev.sockbroker.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The whole terminal, whose former content comes back at the end. Keys arrive at once and are not
 * shown. It uses stty(1), because Java cannot change a terminal's mode.
 */
final class Screen implements Closeable {
  private static final String BEGIN = "\033[?1049h\033[?25l";
  private static final String END = "\033[?25h\033[?1049l";
  private static final String HOME = "\033[H";
  private static final String ERASE_LINE = "\033[K";
  private static final String ERASE_BELOW = "\033[J";
  private static final int ESCAPE = 0x1b;
  private static final long POLL_MILLIS = 20;

  private final Writer out;
  private final String formerMode;
  private final Thread onExit = new Thread(this::restore);
  private int rows;
  private int columns;

  private Screen(Writer out, String formerMode) {
    this.out = out;
    this.formerMode = formerMode;
  }

  /** Returns null if the input or the output is not a terminal. */
  static Screen open(Terminal terminal) throws IOException {
    String mode = terminal.columns() == 0 ? null : stty("-g");
    if (mode == null) {
      return null;
    }
    Screen screen = new Screen(terminal.out(), mode);
    // Also for Ctrl-C.
    Runtime.getRuntime().addShutdownHook(screen.onExit);
    stty("-icanon", "-echo", "min", "0");
    screen.write(BEGIN);
    screen.measure();
    return screen;
  }

  /** Runs stty on the terminal. Returns its output, or null if there is no terminal. */
  private static String stty(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String text;
    try (InputStream in = process.getInputStream()) {
      text = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
    try {
      return process.waitFor() == 0 ? text : null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Asks for the size, which may have changed. */
  void measure() throws IOException {
    String[] size = String.valueOf(stty("size")).split(" ");
    if (size.length == 2 && size[0].matches("[1-9]\\d{0,3}") && size[1].matches("[1-9]\\d{0,3}")) {
      rows = Integer.parseInt(size[0]);
      columns = Integer.parseInt(size[1]);
    } else {
      rows = 24;
      columns = 80;
    }
  }

  int columns() {
    return columns;
  }

  int rows() {
    return rows;
  }

  /** Shows lines that fit the width. Those that do not fit the height are left out. */
  void show(List<String> lines) throws IOException {
    StringBuilder text = new StringBuilder(HOME);
    for (int i = 0; i < Math.min(lines.size(), rows); i++) {
      text.append(i == 0 ? "" : "\r\n").append(lines.get(i)).append(ERASE_LINE);
    }
    write(text + ERASE_BELOW);
  }

  private void write(String text) throws IOException {
    out.write(text);
    out.flush();
  }

  /**
   * Waits for a key.
   *
   * @return 0 if none came in time, -1 at the end of the input
   */
  static int key(long millis) throws IOException, InterruptedException {
    long until = System.nanoTime() + millis * 1_000_000;
    while (System.in.available() == 0) {
      if (System.nanoTime() - until >= 0) {
        return 0;
      }
      Thread.sleep(POLL_MILLIS);
    }
    int key = System.in.read();
    if (key == ESCAPE) {
      // The rest of an arrow or function key.
      while (System.in.available() > 0) {
        System.in.read();
      }
    }
    return key;
  }

  private void restore() {
    try {
      write(END);
      stty(formerMode);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(onExit);
    restore();
  }
}
