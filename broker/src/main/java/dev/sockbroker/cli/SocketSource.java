package dev.sockbroker.cli;

import dev.sockbroker.client.SocketSpec;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Where exec gets one of its sockets.
 *
 * @param place the position of the option on the command line
 * @param spec null if the socket exists and is joined by name
 */
record SocketSource(int place, String name, SocketSpec spec) {
  /**
   * Converters for picocli, which keeps the order of one option's values but not the order across
   * two options.
   */
  static ITypeConverter<SocketSource> opened(AtomicInteger places) {
    return text -> {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw new TypeConversionException(
            "'" + text + "' is not NAME=SPEC, like web=tcp-listen:127.0.0.1:8080");
      }
      String name = text.substring(0, equals);
      try {
        SocketSpec spec = SocketSpec.parse(text.substring(equals + 1)).name(name);
        return new SocketSource(places.getAndIncrement(), name, spec);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }

  static ITypeConverter<SocketSource> joined(AtomicInteger places) {
    return text -> new SocketSource(places.getAndIncrement(), text, null);
  }
}
