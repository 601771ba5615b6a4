/**
 * Tests with the real jar, processes and sockets. They run after {@code package}. {@link
 * dev.sockbroker.system.BrokerProcess} starts a broker, and {@link dev.sockbroker.system.Command}
 * the command line.
 *
 * <p>Two classes run at the same time, each in its own JVM. A test that measures, that loads the
 * machine, or that looks at all processes has the tag {@code alone} and runs after the others.
 */
package dev.sockbroker.system;
