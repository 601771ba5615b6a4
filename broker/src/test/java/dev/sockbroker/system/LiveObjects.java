package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.List;

/**
 * The live objects on a process's heap after a full collection, from jcmd. They show leaks but no
 * garbage.
 */
record LiveObjects(List<String> rows) {
  static LiveObjects of(BrokerProcess process) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                BrokerProcess.JAVA.resolveSibling("jcmd").toString(),
                Long.toString(process.pid()),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    List<String> rows =
        new String(jcmd.getInputStream().readAllBytes(), UTF_8).lines().map(String::strip).toList();
    if (jcmd.waitFor() != 0 || rows.isEmpty()) {
      throw new AssertionError("jcmd failed: " + rows);
    }
    return new LiveObjects(rows);
  }

  /** The number of objects of the classes with this prefix. */
  long count(String classPrefix) {
    return rows.stream()
        .map(row -> row.split("\\s+"))
        .filter(row -> row.length > 3 && row[3].startsWith(classPrefix))
        .mapToLong(row -> Long.parseLong(row[1]))
        .sum();
  }

  /** The total size of the objects in bytes. */
  long bytes() {
    return rows.stream()
        .filter(row -> row.startsWith("Total"))
        .mapToLong(row -> Long.parseLong(row.split("\\s+")[2]))
        .findFirst()
        .orElseThrow();
  }
}
