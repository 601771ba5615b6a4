package dev.sockbroker.bench.restart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Upgrades a broker to its own version. */
final class Upgrade implements Interruption {
  private static final Pattern PAUSE = Pattern.compile("\"pauseMicros\":([0-9]+)");

  private final List<String> line;

  Upgrade(Path socket, String launcher) {
    line =
        List.of(launcher, "upgrade", "--json", "--timeout", "10s", "--socket", socket.toString());
  }

  /** Returns the pause, as the broker reports it. */
  @Override
  public long once() throws IOException {
    Process command =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher pause = PAUSE.matcher(output);
    if (command.onExit().join().exitValue() != 0 || !pause.find()) {
      throw new IOException("the broker was not upgraded: " + output);
    }
    return Long.parseLong(pause.group(1));
  }
}
