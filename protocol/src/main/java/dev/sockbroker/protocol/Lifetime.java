package dev.sockbroker.protocol;

/** What ends a session (contract, section 1). */
public enum Lifetime {
  /** The end of its connection or of its process, whichever comes first. */
  CONNECTION,
  /** Only the end of its process, whatever happens to the connection. */
  PROCESS
}
