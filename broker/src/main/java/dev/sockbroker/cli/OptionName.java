package dev.sockbroker.cli;

import dev.sockbroker.protocol.Request;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A socket option as the user types it: the kernel's name, {@code SO_RCVBUF}, or the level and
 * number, {@code 6:19}, of an option that the broker has no name for.
 *
 * @param name null for an option by number
 */
record OptionName(String name, int level, int number) {
  /** The length to request for an option by number. No fixed-size option of Linux is longer. */
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

  /** The converter for picocli. */
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
            "'" + text + "' is not an option (expected: SO_RCVBUF, or level:number such as 6:19)");
      }
    }
  }
}
