package dev.sockbroker.system.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Stubs of programs that only record how they are called, for commands that would run for a long
 * time.
 */
final class StandIns {
  /** The directory of the stubs in a {@link Machine}. */
  static final String PLACE = "/mnt/files/stand-ins";

  private StandIns() {}

  static void write(Path files, String... names) throws IOException {
    Path place = Files.createDirectories(files.resolve("stand-ins"));
    for (String name : names) {
      Path program =
          Files.writeString(place.resolve(name), "#!/bin/sh\necho " + name + " \"$@\"\n");
      program.toFile().setExecutable(true);
    }
  }
}
