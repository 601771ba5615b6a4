package dev.sockbroker.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Names and values, one pair per line. */
final class Fields {
  private record Field(String name, String value) {}

  private final List<Field> fields = new ArrayList<>();

  /** Adds a line. Null and an empty text become a dash. */
  Fields add(String name, Object value) {
    String text = value == null ? "" : Terminal.printable(value.toString());
    fields.add(new Field(name, text.isEmpty() ? "-" : text));
    return this;
  }

  void write(Terminal terminal) throws IOException {
    int width = fields.stream().mapToInt(it -> it.name().length()).max().orElse(0);
    for (Field it : fields) {
      terminal.line(it.name() + " ".repeat(width - it.name().length() + 2) + it.value());
    }
  }
}
