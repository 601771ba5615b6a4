package dev.sockbroker.cli.exec;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;

/** The kernel refused a system call of exec. */
public final class ExecException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  ExecException(String what, int errno) {
    this(errno, what + ": " + named(errno));
  }

  private ExecException(int errno, String words) {
    super(words);
    this.errno = errno;
  }

  /** Uses the words of a shell for the errors that shells report. */
  static ExecException ofProgram(byte[] file, int errno) {
    String words =
        switch (errno) {
          case Errno.ENOENT -> "not found";
          case Errno.EACCES -> "permission denied";
          case Errno.EISDIR -> "is a directory";
          case Errno.ENOTDIR -> "not a directory";
          default -> "cannot be executed: " + named(errno);
        };
    return new ExecException(errno, new String(file) + ": " + words);
  }

  static ExecException notOnPath(byte[] name) {
    return new ExecException(Errno.ENOENT, new String(name) + ": not found in PATH");
  }

  /** The program file itself exists. */
  static ExecException withoutInterpreter(byte[] file) {
    return new ExecException(Errno.ENOENT, new String(file) + ": its interpreter was not found");
  }

  private static String named(int errno) {
    return Errno.name(errno) + " (" + errno + ")";
  }

  public int errno() {
    return errno;
  }

  /** Returns the result of a system call if it is not an error. */
  static int check(String what, long answer) throws ExecException {
    if (answer < 0) {
      throw new ExecException(what, (int) -answer);
    }
    return (int) answer;
  }
}
