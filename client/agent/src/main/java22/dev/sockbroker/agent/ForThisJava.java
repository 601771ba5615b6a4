package dev.sockbroker.agent;

import java.io.IOException;

/** For Java 22 and later. */
final class ForThisJava {
  private ForThisJava() {}

  static FdReplacement fdReplacement() {
    return new Duplication();
  }

  static void resolveTo(PlaceholderAddresses names) throws IOException {
    NamesResolver.install(names);
  }
}
