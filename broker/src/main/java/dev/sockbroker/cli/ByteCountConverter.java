package dev.sockbroker.cli;

import dev.sockbroker.text.ByteCount;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts sizes on the command line to bytes. */
final class ByteCountConverter implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String text) {
    try {
      return ByteCount.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
