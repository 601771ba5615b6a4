/**
 * What the contract needs from the operating system. {@code core} calls these interfaces and {@code
 * os} implements them, so neither knows the other. The tests of {@code core} implement them a
 * second time, without a kernel.
 */
package dev.sockbroker.broker.kernel;
