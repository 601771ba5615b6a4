package dev.sockbroker.broker.core;

/**
 * Totals over all sockets, so that nobody has to iterate over them. Each socket updates its part.
 */
final class Tally {
  int registrations;

  /** The number of descriptors through which the raw fd was exported. */
  int exports;
}
