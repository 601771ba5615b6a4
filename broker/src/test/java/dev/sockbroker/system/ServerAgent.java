package dev.sockbroker.system;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The Java agent for servers, and command lines of programs with it. */
final class ServerAgent {
  static final Path PATH =
      Path.of(
              System.getProperty(
                  "sockbroker.agent.jar", "../client/agent/target/sockbroker-agent.jar"))
          .toAbsolutePath()
          .normalize();

  private ServerAgent() {}

  /**
   * @param java of 17 or later
   * @param options of the agent, or an empty text
   */
  static List<String> line(String java, String options, String classPath, String... program) {
    String agent = "-javaagent:" + PATH + (options.isEmpty() ? "" : "=" + options);
    return Stream.concat(Stream.of(java, agent, "-cp", classPath), Stream.of(program)).toList();
  }
}
