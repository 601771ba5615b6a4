package dev.sockbroker.cli;

import dev.sockbroker.protocol.Request;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A socket option as it is typed: the kernel's name, {@code SO_RCVBUF}, or for one that the broker
 * has no name for its level and number, {@code 6:19}.
 *
 * @param name null if it is given by number
 */
record OptionName(String name, int level, int number) {
  /** How many bytes of an option by number are asked for: more than any fixed one of Linux has. */
  private static final int LENGTH = 256;

  Request.GetOption get(long descriptor) {
    return name == null
        ? Request.GetOption.numbered(descriptor, level, number, LENGTH)
        : Request.GetOption.named(descriptor, name);
  }

  Request.SetOption set(long descriptor, Object value) {
    return name == null
        ? Request.SetOption.numbered(descriptor, level, number, value)
        : Request.SetOption.named(descriptor, name, value);
  }

  @Override
  public String toString() {
    return name != null ? name : level + ":" + number;
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<OptionName> {
    @Override
    public OptionName convert(String text) {
      int colon = text.indexOf(':');
      if (colon < 0) {
        return new OptionName(text, 0, 0);
      }
      try {
        return new OptionName(
            null,
            Integer.parseInt(text.substring(0, colon)),
            Integer.parseInt(text.substring(colon + 1)));
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "'" + text + "' is no option (expected: SO_RCVBUF, or level:number as 6:19)");
      }
    }
  }
}
