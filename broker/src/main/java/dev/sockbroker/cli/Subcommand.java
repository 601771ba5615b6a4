package dev.sockbroker.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command. {@link #call} runs it and returns its {@link ExitCode}.
 *
 * <p>Commands declare their options in code. Picocli's annotations would be shorter but slow each
 * start by 70 ms, because the JVM generates a class for each annotation type, which no AOT cache
 * stores.
 */
interface Subcommand extends Callable<Integer> {
  /** The options, parameters and help of the command. */
  CommandSpec spec();

  /** An option without a value. */
  static OptionSpec flag(String name, String... description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  /** Whether a {@link #flag} was given. */
  static boolean isGiven(OptionSpec flag) {
    return Boolean.TRUE.equals(flag.getValue());
  }

  /** An option with a value. */
  static OptionSpec.Builder option(
      String name, String label, Class<?> type, String... description) {
    return OptionSpec.builder(name).paramLabel(label).type(type).description(description);
  }

  /** A positional parameter. */
  static PositionalParamSpec.Builder parameter(
      int place, String label, Class<?> type, String... description) {
    return PositionalParamSpec.builder()
        .index(Integer.toString(place))
        .arity("1")
        // picocli derives this from the arity only for lists
        .required(true)
        .paramLabel(label)
        .type(type)
        .description(description);
  }
}
