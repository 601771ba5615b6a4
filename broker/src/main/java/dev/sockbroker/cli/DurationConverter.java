package dev.sockbroker.cli;

import dev.sockbroker.text.Durations;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts times on the command line to milliseconds. */
final class DurationConverter implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
