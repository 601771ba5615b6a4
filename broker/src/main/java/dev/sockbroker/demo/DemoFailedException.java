package dev.sockbroker.demo;

import java.io.IOException;

/** A step did not show what it promised. */
final class DemoFailedException extends IOException {
  private static final long serialVersionUID = 1;

  DemoFailedException(String message) {
    super(message);
  }

  DemoFailedException(String message, Throwable cause) {
    super(message, cause);
  }

  static void check(boolean holds, String otherwise) throws DemoFailedException {
    if (!holds) {
      throw new DemoFailedException(otherwise);
    }
  }
}
