package dev.sockbroker.broker.core;

/**
 * Counts what the sockets have, so that nobody has to look at all of them. Each socket counts its
 * own.
 */
final class Tally {
  int registrations;

  /** Descriptors whose raw fd is out. */
  int exports;
}
