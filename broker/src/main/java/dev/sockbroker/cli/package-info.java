/**
 * The command line, one class a command. Commands other than {@code serve} and {@code demo} are
 * started often and must start quickly, so they talk to the broker on a plain blocking {@link
 * java.nio.channels.SocketChannel} by {@code protocol.wire} and touch no class of Netty, Logback or
 * the daemon.
 */
package dev.sockbroker.cli;
