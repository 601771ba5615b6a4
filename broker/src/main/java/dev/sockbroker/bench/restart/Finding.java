package dev.sockbroker.bench.restart;

/**
 * What one case counted.
 *
 * @param rounds how many servers were replaced
 * @param counted in words
 * @param promised whether it is as it should be
 */
record Finding(String name, int rounds, String counted, boolean promised) {}
