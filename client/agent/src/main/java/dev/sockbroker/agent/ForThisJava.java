package dev.sockbroker.agent;

/**
 * What depends on the version of Java. The jar contains this class a second time, for Java 22 and
 * later.
 */
final class ForThisJava {
  private ForThisJava() {}

  static FdReplacement fdReplacement() {
    return new Renumbering();
  }

  /** Makes the JDK find the placeholder addresses of host names. Only for Java 22 and later. */
  static void resolveTo(PlaceholderAddresses names) {
    throw new IllegalStateException("names are resolved by the broker from Java 22 on: " + names);
  }
}
