package dev.sockbroker.cli;

/**
 * Recognizes the failures of a process at its open file limit. Some of them occur inside the JDK.
 */
final class OutOfFiles {
  static final String ADVICE =
      "this process has reached its open file limit; raise it: ulimit -n 1024 (or LimitNOFILE= of"
          + " its systemd unit)";

  private OutOfFiles() {}

  static boolean isCauseOf(Throwable thrown) {
    for (Throwable it = thrown; it != null; it = it.getCause()) {
      String words = String.valueOf(it.getMessage());
      if (words.contains("Too many open files") || words.contains("EMFILE (24)")) {
        return !(it instanceof BrokerRefusedException);
      }
    }
    return false;
  }
}
