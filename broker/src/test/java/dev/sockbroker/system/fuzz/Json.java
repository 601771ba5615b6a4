package dev.sockbroker.system.fuzz;

import java.util.StringJoiner;

/** JSON text, valid or invalid, that never ends the session (rule 7). */
final class Json {
  /** A broker reads 16 levels, and the object of the message is one of them. */
  private static final int NESTED_MAX = 12;

  private final Dice dice;

  Json(Dice dice) {
    this.dice = dice;
  }

  String quote(String text) {
    boolean escaped = dice.oneIn(8);
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (escaped || c < 0x20 || c == '"' || c == '\\' || Character.isSurrogate(c)) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** A value that no field should have to accept. */
  String wild() {
    return switch (dice.below(14)) {
      case 0 -> "null";
      case 1 -> "true";
      case 2 -> "-1";
      case 3 -> "0";
      case 4 -> "1.5";
      case 5 -> "1e3";
      case 6 -> "2147483648";
      case 7 -> "-9223372036854775808";
      case 8 -> "18446744073709551616";
      case 9 -> "{}";
      case 10 -> "[]";
      case 11 -> nested();
      case 12 -> "[1,\"a\",null,{\"b\":[]}]";
      default -> quote(text());
    };
  }

  /** Like {@link #wild}, but without numbers that would be valid and outlast the fuzzer. */
  String wildWithoutNumber() {
    return dice.of("true", "{}", "[]", "\"60000\"", "-5", "1.5", nested(), quote(text()));
  }

  String nested() {
    int depth = 1 + dice.below(NESTED_MAX);
    return "[".repeat(depth) + "]".repeat(depth);
  }

  /**
   * Text to be shown, stored or compared. It contains no address, so that nothing leaves the
   * machine.
   */
  String text() {
    return switch (dice.below(14)) {
      case 0 -> "";
      case 1 -> "a\u0000b";
      case 2 -> "\u001b[31mred\u001b[0m\r\n";
      case 3 -> "\u202egnp.exe\u2066";
      case 4 -> "\ud83d\ude00\u0301\u0301\u200d";
      case 5 -> "\ud800";
      case 6 -> "\udc00\ud800";
      case 7 -> "x".repeat(255);
      case 8 -> "\u00fc".repeat(300);
      case 9 -> "\u6f22".repeat(5000);
      case 10 -> "../../../x";
      case 11 -> "%s%n${x}'\"";
      case 12 -> "AaAaAaBBBBAaBBAaAaBB"; // one of many with the same hash
      default -> "text " + dice.below(1000);
    };
  }

  /** An unused name. Half a surrogate pair in it would end the session. */
  String key() {
    return dice.of("", "SO_NOTHING", "\u202e\0", "\ud83d\ude00", "x".repeat(3000));
  }

  /** An object of these fields, sometimes with a duplicate field, an unknown field, or spaces. */
  String object(Iterable<String> fields) {
    StringJoiner out = new StringJoiner(dice.oneIn(10) ? " ,\n" : ",", "{", "}");
    String last = null;
    for (String field : fields) {
      out.add(field);
      last = field;
    }
    if (last != null && dice.oneIn(40)) {
      out.add(last);
    }
    if (dice.oneIn(40)) {
      out.add(quote(key()) + ":" + wild());
    }
    return out.toString();
  }

  String field(String name, String value) {
    return "\"" + name + "\":" + value;
  }
}
