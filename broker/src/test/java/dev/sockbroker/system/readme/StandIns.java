package dev.sockbroker.system.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs that do nothing and write how they are called, for commands that would run for long. */
final class StandIns {
  /** Where a {@link Machine} has them. */
  static final String PLACE = "/mnt/work/stand-ins";

  private StandIns() {}

  static void write(Path work, String... names) throws IOException {
    Path place = Files.createDirectories(work.resolve("stand-ins"));
    for (String name : names) {
      Path program =
          Files.writeString(place.resolve(name), "#!/bin/sh\necho " + name + " \"$@\"\n");
      program.toFile().setExecutable(true);
    }
  }
}
