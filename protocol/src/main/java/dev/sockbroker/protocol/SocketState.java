package dev.sockbroker.protocol;

/** How far a socket has come, as {@code list} shows it. */
public enum SocketState {
  FRESH,
  BOUND,
  LISTENING,
  CONNECTING,
  CONNECTED,
  /** The connection has an error that every operation answers (rule 23). */
  FAILED,
  /** Both directions have ended. */
  ENDED
}
