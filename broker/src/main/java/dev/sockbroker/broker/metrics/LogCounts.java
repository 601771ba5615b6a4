package dev.sockbroker.broker.metrics;

/**
 * The lines of the log that were left out since the process began.
 *
 * @param dropped because nobody took them
 * @param suppressed because there were too many of the same kind
 * @param auditLost entries of the audit that nobody took
 */
public record LogCounts(long dropped, long suppressed, long auditLost) {}
