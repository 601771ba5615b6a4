package dev.sockbroker.cli;

/** Names of sockets as people see them. */
final class Names {
  private Names() {}

  /**
   * In the shell's quotes if it has a space, so that a row of a table has as many words as it has
   * cells, and the name can be pasted into the next command.
   *
   * @param name null for none
   */
  static String shown(String name) {
    if (name == null || name.codePoints().noneMatch(Character::isSpaceChar)) {
      return name;
    }
    return "'" + name.replace("'", "'\\''") + "'";
  }
}
