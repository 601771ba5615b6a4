package dev.sockbroker.protocol;

/**
 * The events of a registration (contract, section 4), declared in the order in which events that
 * hold at the same look are reported (rule 35).
 */
public enum NetworkEvent {
  /** A connect attempt has an outcome. */
  CONNECT,
  /** A connection waits to be accepted. */
  ACCEPT,
  /** A byte or a datagram can be received. */
  READ,
  /** An urgent byte waits. */
  OOB,
  /** A send would take bytes. */
  WRITE,
  /** The connection has ended and all its data is read. */
  CLOSE
}
