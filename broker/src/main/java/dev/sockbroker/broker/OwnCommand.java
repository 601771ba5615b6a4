package dev.sockbroker.broker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command that starts another broker like this one: by the launcher, if that started it. */
final class OwnCommand {
  /** The launcher's absolute path. It finds the jar and the JVM that are installed now. */
  private static final String LAUNCHER = "sockbroker.launcher.file";

  private OwnCommand() {}

  static List<String> read() throws IOException {
    byte[] line = Files.readAllBytes(Path.of("/proc/self/cmdline"));
    String[] words = new String(line, StandardCharsets.UTF_8).split("\0");
    return of(List.of(words), System.getProperty(LAUNCHER));
  }

  /**
   * @param words the command of this process
   * @param launcher null without one
   */
  static List<String> of(List<String> words, String launcher) {
    int jar = words.indexOf("-jar");
    if (launcher == null || jar < 0) {
      return words;
    }
    List<String> command = new ArrayList<>(List.of(launcher));
    command.addAll(words.subList(jar + 2, words.size()));
    return command;
  }
}
