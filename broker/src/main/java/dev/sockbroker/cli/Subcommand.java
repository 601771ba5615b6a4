package dev.sockbroker.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One command: {@link #call} does it and answers its {@link ExitCode}.
 *
 * <p>Its options are declared by program. picocli's annotations would be shorter, and cost 70 ms a
 * start: the JVM spins a class for each kind of annotation, which no AOT cache holds.
 */
interface Subcommand extends Callable<Integer> {
  /** What it can be given, and its help. */
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

  /** What stands without a name, at its place among its like, from 0. */
  static PositionalParamSpec.Builder parameter(
      int place, String label, Class<?> type, String... description) {
    return PositionalParamSpec.builder()
        .index(Integer.toString(place))
        .arity("1")
        // picocli takes it from the arity only where the values are a list
        .required(true)
        .paramLabel(label)
        .type(type)
        .description(description);
  }
}
