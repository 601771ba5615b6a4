package dev.sockbroker.agent;

/** For Java 22 and later. */
final class FdReplacements {
  private FdReplacements() {}

  static FdReplacement forThisJava() {
    return new Duplication();
  }
}
