/**
 * What {@code scripts/bench restart} runs: servers that are replaced and killed under load, and the
 * clients that count what they lose by it. Programs of their own, not commands.
 */
package dev.sockbroker.bench.restart;
