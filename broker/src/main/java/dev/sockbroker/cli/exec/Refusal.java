package dev.sockbroker.cli.exec;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;

/** The kernel refused a call of exec's. */
public final class Refusal extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  Refusal(String what, int errno) {
    this(errno, what + ": " + named(errno));
  }

  private Refusal(int errno, String words) {
    super(words);
    this.errno = errno;
  }

  /** As a shell says it, where shells have words for it. */
  static Refusal ofProgram(byte[] file, int errno) {
    String words =
        switch (errno) {
          case Errno.ENOENT -> "not found";
          case Errno.EACCES -> "permission denied";
          case Errno.EISDIR -> "is a directory";
          case Errno.ENOTDIR -> "not a directory";
          default -> "cannot be executed: " + named(errno);
        };
    return new Refusal(errno, new String(file) + ": " + words);
  }

  static Refusal notOnPath(byte[] name) {
    return new Refusal(Errno.ENOENT, new String(name) + ": not found in PATH");
  }

  /** The file itself was found. */
  static Refusal withoutInterpreter(byte[] file) {
    return new Refusal(Errno.ENOENT, new String(file) + ": its interpreter is not found");
  }

  private static String named(int errno) {
    return Errno.name(errno) + " (" + errno + ")";
  }

  public int errno() {
    return errno;
  }

  /** What a call answered, if it is no error. */
  static int check(String what, long answer) throws Refusal {
    if (answer < 0) {
      throw new Refusal(what, (int) -answer);
    }
    return (int) answer;
  }
}
