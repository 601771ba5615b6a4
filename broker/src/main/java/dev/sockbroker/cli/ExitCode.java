package dev.sockbroker.cli;

/** The exit codes of the commands. */
final class ExitCode {
  static final int DONE = 0;

  /** The broker refused the request, or the command failed. */
  static final int REFUSED = 1;

  /** The command line is invalid. */
  static final int USAGE = 2;

  /** The given socket, descriptor, token or name does not exist. */
  static final int NO_SUCH_THING = 3;

  /** No broker answers, or the connection was lost. */
  static final int UNREACHABLE = 4;

  /** Of exec, as in env(1): the program exists but cannot be executed. */
  static final int NOT_EXECUTABLE = 126;

  /** Of exec, as in env(1): the program does not exist. */
  static final int NOT_FOUND = 127;

  private ExitCode() {}
}
