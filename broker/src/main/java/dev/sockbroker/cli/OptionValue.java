package dev.sockbroker.cli;

import dev.sockbroker.text.ByteCount;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The value of a socket option as the user types and reads it. */
final class OptionValue {
  /** Options whose value is a number of bytes. */
  private static final Set<String> BYTES =
      Set.of("SO_RCVBUF", "SO_SNDBUF", "SO_RCVLOWAT", "TCP_NOTSENT_LOWAT", "TCP_WINDOW_CLAMP");

  private OptionValue() {}

  /**
   * Parses a whole number (also {@code 0x1f}), {@code on}, {@code off}, {@code true}, {@code
   * false}, or a JSON object or array as {@code get} prints it. Anything else is a text.
   *
   * @throws IllegalArgumentException for invalid JSON, with a complete message
   */
  static Object parse(String text) {
    return switch (text) {
      case "on", "true" -> true;
      case "off", "false" -> false;
      default ->
          text.startsWith("{") || text.startsWith("[") ? parseJson(text) : numberOrText(text);
    };
  }

  /**
   * Like {@link #parse(String)}, for the value of an option. A number of bytes can have a unit:
   * {@code 64K}.
   *
   * @throws IllegalArgumentException for invalid JSON, or a size that is too large
   */
  static Object parse(String option, String text) {
    if (BYTES.contains(option) && text.matches("[0-9]+[KMG]")) {
      return (long) ByteCount.parse(text);
    }
    return parse(text);
  }

  /** Formats a value in one line that {@link #parse} can read. */
  static String format(Object value) throws IOException {
    if (value instanceof Map<?, ?> || value instanceof Collection<?>) {
      return formatJson(value);
    } else if (value instanceof Boolean on) {
      return on ? "on" : "off";
    }
    return Terminal.printable(String.valueOf(value));
  }

  private static Object numberOrText(String text) {
    try {
      return text.matches("0x[0-9A-Fa-f]+")
          ? Long.parseLong(text.substring(2), 16)
          : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return text;
    }
  }

  private static String formatJson(Object value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonOutput out = new JsonOutput(bytes)) {
      out.value(value);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static Object parseJson(String text) {
    JsonFactory factory = JsonFactory.builder().build();
    try (JsonParser in = factory.createParser(ObjectReadContext.empty(), text)) {
      in.nextToken();
      Object value = read(in);
      if (in.nextToken() == null) {
        return value;
      }
      throw new IllegalArgumentException("'" + text + "' has more text after its JSON value");
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is not valid JSON: " + e.getOriginalMessage());
    }
  }

  private static Object read(JsonParser in) {
    return switch (in.currentToken()) {
      case START_OBJECT -> readObject(in);
      case START_ARRAY -> readArray(in);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT -> in.getLongValue();
      case VALUE_STRING -> in.getString();
      default ->
          throw new IllegalArgumentException(
              in.getString() + " cannot be part of an option's value");
    };
  }

  private static Map<String, Object> readObject(JsonParser in) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      in.nextToken();
      fields.put(name, read(in));
    }
    return fields;
  }

  private static List<Object> readArray(JsonParser in) {
    List<Object> items = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      items.add(read(in));
    }
    return items;
  }
}
