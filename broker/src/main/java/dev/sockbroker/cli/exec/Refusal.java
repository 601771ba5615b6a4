package dev.sockbroker.cli.exec;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;

/** The kernel refused a call of exec's. */
public final class Refusal extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  Refusal(String what, int errno) {
    super(what + ": " + Errno.name(errno) + " (" + errno + ")");
    this.errno = errno;
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
