package dev.sockbroker.protocol;

/**
 * The events of a registration (contract, section 4). If several hold at the same time, they are
 * reported in this order (rule 35).
 */
public enum NetworkEvent {
  /** A connect attempt has an outcome. */
  CONNECT,
  /** A connection is waiting to be accepted. */
  ACCEPT,
  /** A byte or a datagram can be received. */
  READ,
  /** An urgent byte is waiting. */
  OOB,
  /** A send would take bytes. */
  WRITE,
  /** The connection has ended and all of its data has been read. */
  CLOSE
}
