package dev.sockbroker.broker.state;

/**
 * The end of a time limit.
 *
 * @param limitMillis the whole limit, for messages
 */
public record Deadline(long atNanos, long limitMillis) {}
