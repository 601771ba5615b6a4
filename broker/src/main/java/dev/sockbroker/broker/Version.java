package dev.sockbroker.broker;

/** Which build this is. */
public final class Version {
  private Version() {}

  /** From the jar's manifest; {@code unpackaged} when it runs from class files. */
  public static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version != null ? version : "unpackaged";
  }
}
