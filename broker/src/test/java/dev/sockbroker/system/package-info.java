/**
 * Tests on the real thing: the jar, processes, sockets. They run after {@code package}; {@link
 * dev.sockbroker.system.BrokerProcess} starts a broker, {@link dev.sockbroker.system.Command} the
 * command line.
 */
package dev.sockbroker.system;
