/**
 * The command line, with one class per command. All commands except {@code serve} and {@code demo}
 * run often and must start quickly. So they connect to the broker through a blocking {@link
 * java.nio.channels.SocketChannel} and {@code protocol.wire}, and use no class of Netty, Logback or
 * the daemon.
 */
package dev.sockbroker.cli;
