package dev.sockbroker.broker.state;

/**
 * A process that is the target of tokens.
 *
 * @param session the one that is charged for the pidfd
 */
public record SavedProcess(int pid, Fd pidfd, long session) {}
