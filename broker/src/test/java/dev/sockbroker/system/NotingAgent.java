package dev.sockbroker.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A Java agent that writes a line to a file in every JVM that loads it. */
public final class NotingAgent {
  private NotingAgent() {}

  /** Makes the agent's jar. */
  static void pack(Path jar) throws IOException {
    AgentJar.write(jar, NotingAgent.class);
  }

  public static void premain(String file) throws IOException {
    Files.writeString(
        Path.of(file),
        ProcessHandle.current().pid() + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
