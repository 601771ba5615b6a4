package dev.sockbroker.broker.core;

/** How far the bytes that a client sends through its lane have reached the kernel (rule 25). */
interface SendPosition {
  /** Whether bytes before a position still have to arrive or to be sent. */
  boolean hasBytesBefore(long position);

  /**
   * Checks a position that a client has given.
   *
   * @throws dev.sockbroker.broker.kernel.RefusedException EINVAL if no bytes can be there
   */
  void checkPosition(long position);
}
