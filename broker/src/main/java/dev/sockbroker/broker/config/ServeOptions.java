package dev.sockbroker.broker.config;

import dev.sockbroker.broker.config.Configuration.LogFormat;
import java.nio.file.Path;
import java.util.Map;

/**
 * The options of the command line, each null if it was not given. They override the files, also
 * after a reload.
 *
 * @param limits by name; empty if none was given
 */
public record ServeOptions(
    Path socket,
    String group,
    Boolean trustGroup,
    Map<String, String> limits,
    String logLevel,
    LogFormat logFormat,
    Long watchdogMillis,
    Boolean keeps) {
  /** No options. */
  public static final ServeOptions NONE =
      new ServeOptions(null, null, null, Map.of(), null, null, null, null);
}
