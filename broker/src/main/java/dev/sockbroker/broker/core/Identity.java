package dev.sockbroker.broker.core;

/**
 * Who a session is, by the kernel's word (SO_PEERCRED) and never by the client's.
 *
 * @param pid 0 for a process of another pid namespace
 */
public record Identity(int pid, long uid) {}
