package dev.sockbroker.protocol;

/** What ends a session (contract, section 1). */
public enum Lifetime {
  /** The end of its connection or of its process, whichever is first. */
  CONNECTION,
  /** The end of its process only, whatever happens to the connection. */
  PROCESS
}
