package dev.sockbroker.broker.state;

/** How a session got a descriptor. */
public enum Origin {
  OPENED,
  /** By name. */
  ATTACHED,
  REDEEMED,
  ACCEPTED
}
