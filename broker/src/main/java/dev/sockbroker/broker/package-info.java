/**
 * Wiring and configuration of the daemon, without logic. Start reading at {@link
 * dev.sockbroker.broker.Daemon}.
 */
package dev.sockbroker.broker;
