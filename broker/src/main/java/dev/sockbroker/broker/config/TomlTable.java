package dev.sockbroker.broker.config;

import dev.sockbroker.text.Spelling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads one table of a file strictly. A missing key gives null. A key with a wrong value is
 * reported and gives null, too. {@link #end} reports the keys that nobody has asked for.
 */
final class TomlTable {
  private final TomlFile file;
  private final String path;
  private final Supplier<String> title;
  private final ObjectNode node;
  private final Problems problems;
  private final Set<String> known;

  /**
   * @param path of the table; empty for the top table
   * @param title how messages name the table, with a colon and a blank; empty for the top table
   * @param known the keys that its reader asks for. The tables of an array have the same ones
   */
  private TomlTable(
      TomlFile file,
      String path,
      Supplier<String> title,
      ObjectNode node,
      Problems problems,
      Set<String> known) {
    this.file = file;
    this.path = path;
    this.title = title;
    this.node = node;
    this.problems = problems;
    this.known = known;
  }

  static TomlTable top(TomlFile file, Problems problems) {
    return new TomlTable(file, "", () -> "", file.root(), problems, new LinkedHashSet<>());
  }

  /** Where the table is, for messages. */
  String place() {
    return file.placeOfTable(path);
  }

  private String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  boolean has(String key) {
    return node.has(key);
  }

  private JsonNode get(String key) {
    known.add(key);
    return node.get(key);
  }

  /** Reports an error of a key. */
  void problem(String key, String what) {
    problems.add(file.placeOfKey(pathOf(key)) + ": " + title.get() + key + ": " + what);
  }

  String text(String key) {
    JsonNode value = get(key);
    if (value == null || value.isString()) {
      return value == null ? null : value.asString();
    }
    problem(key, value + " is not a text in quotes");
    return null;
  }

  Boolean flag(String key) {
    JsonNode value = get(key);
    if (value == null || value.isBoolean()) {
      return value == null ? null : (Boolean) value.asBoolean();
    }
    problem(key, value + " is neither true nor false");
    return null;
  }

  /** Returns a number or a text as text, for amounts such as {@code 64}, {@code "64M"}. */
  String amount(String key) {
    JsonNode value = get(key);
    if (value == null || value.isString() || value.isIntegralNumber()) {
      return value == null ? null : value.asString();
    }
    problem(key, value + " is not a whole number or a text in quotes");
    return null;
  }

  /** Returns the texts of an array. A single text is an array of one. */
  List<String> texts(String key) {
    JsonNode value = get(key);
    if (value == null) {
      return null;
    } else if (value.isString()) {
      return List.of(value.asString());
    } else if (!(value instanceof ArrayNode array)) {
      problem(key, value + " is not an array of texts in quotes");
      return null;
    } else {
      List<String> texts = new ArrayList<>(array.size());
      for (JsonNode it : array) {
        if (it.isString()) {
          texts.add(it.asString());
        } else {
          problem(key, it + " is not a text in quotes");
        }
      }
      return texts;
    }
  }

  /**
   * Converts a value, and reports the message of an {@link IllegalArgumentException}.
   *
   * @param value null gives null
   */
  <V, R> R converted(String key, V value, Function<V, R> converter) {
    try {
      return value == null ? null : converter.apply(value);
    } catch (IllegalArgumentException e) {
      problem(key, e.getMessage());
      return null;
    }
  }

  /** Converts each text of an array, and reports each that is wrong. Null if there is no array. */
  <R> List<R> each(String key, Function<String, R> converter) {
    List<String> texts = texts(key);
    if (texts == null) {
      return null;
    }
    List<R> converted = new ArrayList<>();
    for (String it : texts) {
      R one = converted(key, it, converter);
      if (one != null) {
        converted.add(one);
      }
    }
    return converted;
  }

  /** Returns a table in this one, or null. */
  TomlTable table(String key) {
    JsonNode value = get(key);
    if (value == null || value instanceof ObjectNode) {
      return value == null ? null : inner(key, (ObjectNode) value);
    }
    problem(key, "is not a table (expected: [" + pathOf(key) + "])");
    return null;
  }

  private TomlTable inner(String key, ObjectNode value) {
    String itsPath = pathOf(key);
    return new TomlTable(
        file,
        itsPath,
        () -> title.get() + "[" + itsPath + "] ",
        value,
        problems,
        new LinkedHashSet<>());
  }

  /** Passes each table in this one with its key. */
  void eachTable(BiConsumer<String, TomlTable> reader) {
    for (String key : new ArrayList<>(node.propertyNames())) {
      TomlTable table = table(key);
      if (table != null) {
        reader.accept(key, table);
      }
    }
  }

  /** The keys and the values of a table that has any keys, as amounts. */
  Map<String, String> amounts() {
    Map<String, String> amounts = new LinkedHashMap<>();
    for (String key : new ArrayList<>(node.propertyNames())) {
      String amount = amount(key);
      if (amount != null) {
        amounts.put(key, amount);
      }
    }
    return amounts;
  }

  /** Returns the tables of an array: {@code [[rule]]}. */
  List<TomlTable> tables(String key) {
    JsonNode value = get(key);
    List<TomlTable> tables = new ArrayList<>();
    if (value instanceof ArrayNode array) {
      String itsPath = pathOf(key);
      Set<String> itsKnown = new LinkedHashSet<>();
      for (int i = 0; i < array.size(); i++) {
        if (array.get(i) instanceof ObjectNode it) {
          String place = itsPath + "[" + i + "]";
          tables.add(new TomlTable(file, place, () -> titleOf(key, it), it, problems, itsKnown));
        } else {
          problem(key, array.get(i) + " is not a table");
        }
      }
    } else if (value instanceof ObjectNode) {
      problem(key, "is one table (expected: [[" + key + "]])");
    } else if (value != null) {
      problem(key, "is not an array of tables (expected: [[" + key + "]])");
    }
    return tables;
  }

  private static String titleOf(String key, ObjectNode table) {
    JsonNode name = table.get("name");
    return name != null && name.isString() ? key + " '" + name.asString() + "': " : key + ": ";
  }

  /** Reports the keys that nobody has asked for. */
  void end() {
    for (String key : node.propertyNames()) {
      if (!known.contains(key)) {
        String meant =
            Spelling.closest(key, known).map(it -> ", did you mean '" + it + "'?").orElse("");
        String expected = meant.isEmpty() ? " (expected: one of " + known + ")" : meant;
        problem(key, "unknown" + expected);
      }
    }
  }
}
