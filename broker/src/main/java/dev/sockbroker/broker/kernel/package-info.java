/**
 * The operating system as the contract needs it. {@code core} calls these interfaces and {@code os}
 * implements them, so neither depends on the other. The tests of {@code core} have a second
 * implementation without a kernel.
 */
package dev.sockbroker.broker.kernel;
