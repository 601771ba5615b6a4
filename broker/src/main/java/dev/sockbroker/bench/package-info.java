/**
 * The measurements of {@code sockbroker bench}. They use real processes: a private broker, a worker
 * for each lane, and a peer at the other end of the connections. {@link dev.sockbroker.bench.Bench}
 * runs the cases, {@link dev.sockbroker.bench.Goals} defines the comparisons, and {@link
 * dev.sockbroker.bench.Lane} is one lane of the worker.
 */
package dev.sockbroker.bench;
