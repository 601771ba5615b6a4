/**
 * The programs of {@code scripts/bench restart}: servers that are replaced and killed under load,
 * and clients that count what they lose. They are separate programs, not commands.
 */
package dev.sockbroker.bench.restart;
