package dev.sockbroker.broker.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** One file of the configuration. Used by the thread that reads it. */
final class TomlFile {
  /** Far more than people write, and little enough to read at once. */
  private static final int BYTES_MAX = 16 << 20;

  private static final TomlMapper MAPPER = new TomlMapper();

  private final String name;
  private final String text;
  private final ObjectNode root;
  private final Map<String, Integer> tableLines;

  /** Null until a message needs it: most files have many keys and no error. */
  private Map<String, Integer> allLines;

  private TomlFile(String name, String text, ObjectNode root) {
    this.name = name;
    this.text = text;
    this.root = root;
    tableLines = TomlLines.ofTables(text);
  }

  /**
   * Reads a file.
   *
   * @param name how messages name the file
   * @return its top table, or null after a problem
   */
  static TomlTable read(Path file, String name, Problems problems) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        problems.add(name + ": not a regular file");
        return null;
      } else if (Files.size(file) > BYTES_MAX) {
        problems.add(name + ": larger than " + (BYTES_MAX >> 20) + " MiB");
        return null;
      }
      return parse(decoded(Files.readAllBytes(file)), name, problems);
    } catch (NoSuchFileException e) {
      problems.add(name + ": No such file or directory");
    } catch (AccessDeniedException e) {
      problems.add(name + ": Permission denied");
    } catch (CharacterCodingException e) {
      problems.add(name + ": not UTF-8");
    } catch (IOException e) {
      problems.add(name + ": " + e.getMessage());
    }
    return null;
  }

  private static String decoded(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  /** Like {@link #read}, for the text of a file. */
  static TomlTable parse(String text, String name, Problems problems) {
    try {
      JsonNode root = tree(text);
      ObjectNode top = root instanceof ObjectNode object ? object : MAPPER.createObjectNode();
      return TomlTable.top(new TomlFile(name, text, top), problems);
    } catch (JacksonException e) {
      String twice = TomlLines.twice(text);
      problems.add(
          twice != null && e.getOriginalMessage().startsWith("Duplicate")
              ? name + ":" + twice + ": is there twice"
              : name + line(e) + ": " + e.getOriginalMessage());
    } catch (StackOverflowError e) {
      problems.add(name + ": tables or arrays are nested too deeply");
    }
    return null;
  }

  /** The parser has the whole tree from the beginning. {@code readTree} would copy it. */
  private static JsonNode tree(String text) {
    try (JsonParser parser = MAPPER.createParser(text)) {
      return (JsonNode) parser.streamReadInputSource();
    }
  }

  /** A token that ends a line has its location at the beginning of the next one. */
  private static String line(JacksonException e) {
    TokenStreamLocation location = e.getLocation();
    if (location == null || location.getLineNr() < 1) {
      return "";
    }
    boolean isBehindLine = location.getColumnNr() <= 1 && location.getLineNr() > 1;
    return ":" + (location.getLineNr() - (isBehindLine ? 1 : 0));
  }

  ObjectNode root() {
    return root;
  }

  /** Returns where a table is, for messages: {@code policy.d/web.toml:7}. */
  String placeOfTable(String path) {
    Integer line = tableLines.get(path);
    // An inline table is where a key is.
    return line == null ? placeOfKey(path) : name + ":" + line;
  }

  /** Returns where a key is, for messages: {@code policy.d/web.toml:8}. */
  String placeOfKey(String path) {
    if (allLines == null) {
      allLines = TomlLines.of(text);
    }
    Integer line = allLines.get(path);
    String at = path;
    while (line == null && !at.isEmpty()) {
      // A key in an inline table is where its table is.
      int dot = at.lastIndexOf('.');
      at = dot < 0 ? "" : at.substring(0, dot);
      line = allLines.get(at);
    }
    return line == null ? name : name + ":" + line;
  }
}
