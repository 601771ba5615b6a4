/**
 * A fuzzer: processes that misuse a broker at random in every way the protocol allows, next to a
 * witness that must not notice. {@code scripts/test fuzz [SECONDS] [SEED]} runs it.
 *
 * <p>A seed determines the sequence of actions of each actor in each of its lives: request types,
 * values, misuse, and how the life ends. It does not determine the ids that the broker hands out,
 * how actors interleave, how far an actor gets in the time given, and when the kernel delivers
 * what.
 *
 * <p>A sleep in this package is what an actor or a peer does: it pauses, is stopped, or reads late.
 * No result is awaited by a sleep.
 */
package dev.sockbroker.system.fuzz;
