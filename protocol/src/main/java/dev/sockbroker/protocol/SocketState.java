package dev.sockbroker.protocol;

/** The state of a socket, as {@code list} shows it. */
public enum SocketState {
  FRESH,
  BOUND,
  LISTENING,
  CONNECTING,
  CONNECTED,
  /** The connection has an error that every operation reports (rule 23). */
  FAILED,
  /** Both directions have ended. */
  ENDED
}
