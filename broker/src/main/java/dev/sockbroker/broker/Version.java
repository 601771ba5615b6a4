package dev.sockbroker.broker;

/** The version of this build. */
public final class Version {
  private Version() {}

  /**
   * The version in the jar's manifest, or {@code unpackaged} if the broker runs from class files.
   */
  public static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version != null ? version : "unpackaged";
  }
}
