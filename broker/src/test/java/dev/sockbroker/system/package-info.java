/**
 * Tests with the real jar, processes and sockets. They run after {@code package}. {@link
 * dev.sockbroker.system.BrokerProcess} starts a broker, and {@link dev.sockbroker.system.Command}
 * the command line.
 */
package dev.sockbroker.system;
