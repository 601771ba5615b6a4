package dev.sockbroker.bench;

/** The bytes that one link moved, between two values of {@link System#nanoTime}. */
record Moved(long bytes, long begin, long end) {}
