package dev.sockbroker.system.contract;

import org.opentest4j.TestAbortedException;

/** What this machine cannot show. It is said in the table, and where CI=true it is a failure. */
final class NotHere {
  private NotHere() {}

  static RuntimeException because(String why) {
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError("not run: " + why);
    }
    return new TestAbortedException(why);
  }
}
