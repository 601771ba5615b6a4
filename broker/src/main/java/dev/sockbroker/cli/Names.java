package dev.sockbroker.cli;

/** Names of sockets as people read them. */
final class Names {
  private Names() {}

  /** ASCII characters without a special meaning in a shell. */
  private static final String HARMLESS = "_@%+=:,./-";

  /**
   * Quotes a name for the shell if it is not a single plain word. So each row of a table has as
   * many words as cells, and a name, which another user may have chosen, can be pasted into a
   * command.
   *
   * @param name null for none
   */
  static String shown(String name) {
    if (name == null || !name.equals("-") && name.codePoints().allMatch(Names::isPlain)) {
      return name;
    }
    return "'" + name.replace("'", "'\\''") + "'";
  }

  private static boolean isPlain(int c) {
    return c < 0x80
        ? Character.isLetterOrDigit(c) || HARMLESS.indexOf(c) >= 0
        : !Character.isSpaceChar(c);
  }
}
