package dev.sockbroker.agent;

/** The jar contains this class a second time, for Java 22 and later. */
final class FdReplacements {
  private FdReplacements() {}

  static FdReplacement forThisJava() {
    return new Renumbering();
  }
}
