package dev.sockbroker.bench.restart;

/**
 * The counts of one case.
 *
 * @param rounds the number of replaced servers
 * @param counted the counts in words
 * @param promised whether the result is as promised
 */
record Finding(String name, int rounds, String counted, boolean promised) {}
