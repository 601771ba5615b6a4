package dev.sockbroker.broker.core;

/**
 * The identity of a client as reported by the kernel (SO_PEERCRED), never by the client.
 *
 * @param pid 0 for a process of another pid namespace
 */
public record Identity(int pid, long uid) {}
