/**
 * A fuzzer: processes that misuse a broker at random in every way the protocol has, beside a
 * witness that must not feel it. {@code scripts/test fuzz [SECONDS] [SEED]} runs it.
 *
 * <p>One seed gives one sequence of actions for each actor and each of its lives: request types,
 * values, misuse, ends. What the seed cannot repeat: the ids that the broker hands out, how actors
 * interleave, how far an actor comes before the time is over, and when the kernel delivers what.
 */
package dev.sockbroker.system.fuzz;
