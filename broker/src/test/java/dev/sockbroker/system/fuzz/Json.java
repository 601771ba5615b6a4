package dev.sockbroker.system.fuzz;

import java.util.StringJoiner;

/** JSON text, well written or not, but always such that the session survives it (rule 7). */
final class Json {
  /** A broker reads 16 levels; the object of the message is one. */
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

  /** What no field should have to read. */
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

  /** As {@link #wild}, where a number would be believed and last longer than the fuzzer. */
  String wildWithoutNumber() {
    return dice.of("true", "{}", "[]", "\"60000\"", "-5", "1.5", nested(), quote(text()));
  }

  String nested() {
    int depth = 1 + dice.below(NESTED_MAX);
    return "[".repeat(depth) + "]".repeat(depth);
  }

  /**
   * Text that somebody will show, store or compare. No address: nothing is to leave the machine.
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

  /** A name that nobody has; half a surrogate pair in one would end the session. */
  String key() {
    return dice.of("", "SO_NOTHING", "\u202e\0", "\ud83d\ude00", "x".repeat(3000));
  }

  /** An object of these fields, sometimes with one twice, one unknown, or spaces. */
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
