package dev.sockbroker.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The result of {@code scripts/install} for the jar under test. */
record Installation(Path prefix) {
  /** The JDK of the tests, which the launcher might not find. */
  static final Map<String, String> JDK =
      Map.of("SOCKBROKER_JAVA_HOME", System.getProperty("java.home"));

  private static final Path SCRIPT =
      BrokerProcess.JAR.resolveSibling("../../scripts/install").normalize();

  /** With the caches of the build, which are made if need be. */
  static Installation at(Path prefix) throws IOException, InterruptedException {
    StartCaches.ofServe();
    run(JDK, "--prefix", prefix.toString()).orFail();
    return new Installation(prefix);
  }

  static Program.Result run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    // a build would replace the jar under test
    List<String> line = new ArrayList<>(List.of(SCRIPT.toString(), "--no-build"));
    line.addAll(List.of(arguments));
    return Program.run(environment, line);
  }

  Path program() {
    return prefix.resolve("bin/sockbroker");
  }

  /** The configuration that the service reads. */
  Path configuration() {
    return prefix.resolve("etc/sockbroker/sockbroker.toml");
  }

  Path unit(String name) {
    return prefix.resolve("lib/systemd/system").resolve(name);
  }
}
