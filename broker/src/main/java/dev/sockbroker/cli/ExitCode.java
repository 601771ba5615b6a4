package dev.sockbroker.cli;

/** What a command's end means to the shell. */
final class ExitCode {
  static final int DONE = 0;

  /** The broker refused, or what was asked went wrong. */
  static final int REFUSED = 1;

  /** The command line is not understood. */
  static final int USAGE = 2;

  /** No socket, descriptor, token or name as given. */
  static final int NO_SUCH_THING = 3;

  /** No broker answers, or it went away. */
  static final int UNREACHABLE = 4;

  /** Of exec, as of env(1): the program is there and cannot be executed. */
  static final int NOT_EXECUTABLE = 126;

  /** Of exec, as of env(1): there is no such program. */
  static final int NOT_FOUND = 127;

  private ExitCode() {}
}
