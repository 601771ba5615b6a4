/**
 * The contract: sockets, descriptors, tokens, names, registrations, waiting operations. It knows
 * neither frames nor epoll: it is handed {@link dev.sockbroker.broker.core.SessionProxy} to answer
 * a session and {@link dev.sockbroker.broker.kernel.Kernel} to reach the system, and so can be
 * tested without either.
 *
 * <p>One thread, the loop, owns all of it: nothing here locks, waits or is safe to call from
 * elsewhere. A request enters at {@link dev.sockbroker.broker.core.Conductor}, which dispatches it
 * to the handler of its theme; a handler checks in the contract's order (descriptor, right,
 * arguments, socket type, state, kernel), acts, answers, and lets the socket look at its events.
 */
package dev.sockbroker.broker.core;
