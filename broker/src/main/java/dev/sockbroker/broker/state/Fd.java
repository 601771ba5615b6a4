package dev.sockbroker.broker.state;

/**
 * An open file that belongs to the state. In the format it is an index into the list of files that
 * travel with the state.
 *
 * @param number the file descriptor in this process
 */
public record Fd(int number) {}
