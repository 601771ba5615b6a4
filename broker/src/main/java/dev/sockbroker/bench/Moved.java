package dev.sockbroker.bench;

/** What one link moved, between two moments of {@link System#nanoTime}. */
record Moved(long bytes, long begin, long end) {}
