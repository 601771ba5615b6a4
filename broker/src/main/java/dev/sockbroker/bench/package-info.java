/**
 * What {@code sockbroker bench} measures, on real processes: a private broker, a worker for each
 * lane, a peer on the other end of the connections. {@link dev.sockbroker.bench.Bench} is the order
 * of things, {@link dev.sockbroker.bench.Goals} what is compared with what; a lane of the worker is
 * one {@link dev.sockbroker.bench.Lane}.
 */
package dev.sockbroker.bench;
