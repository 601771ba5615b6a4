package dev.sockbroker.broker.config;

/** The words for whether the sockets outlive a broker that is killed. */
public final class Keep {
  private Keep() {}

  /**
   * @param text auto or none
   * @throws IllegalArgumentException for another word
   */
  public static boolean of(String text) {
    return switch (text) {
      case "auto" -> true;
      case "none" -> false;
      default -> throw new IllegalArgumentException("'" + text + "' is neither auto nor none");
    };
  }
}
