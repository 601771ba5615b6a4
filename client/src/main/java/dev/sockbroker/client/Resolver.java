package dev.sockbroker.client;

/** Who resolves a host name. */
public enum Resolver {
  /** This process, with the JDK. */
  PROCESS,
  /**
   * The broker. For processes without a network of their own, and where the broker's policy names
   * hosts (rule 81).
   */
  BROKER
}
