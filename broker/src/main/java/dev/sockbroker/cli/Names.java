package dev.sockbroker.cli;

/** Names of sockets as people see them. */
final class Names {
  private Names() {}

  /** ASCII characters that mean nothing to a shell. */
  private static final String HARMLESS = "_@%+=:,./-";

  /**
   * In the shell's quotes if the shell would not take it as one plain word. So a row of a table has
   * as many words as cells, and a name, which may be another user's, can be pasted into a command.
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
