/**
 * Wiring and configuration of the daemon; no logic. {@link dev.sockbroker.broker.Daemon} is where
 * it begins.
 */
package dev.sockbroker.broker;
