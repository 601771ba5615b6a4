/**
 * The Java agent, with which the JDK's own server sockets get the broker's listeners.
 *
 * <pre>
 *   a server: bind("*:8080")
 *      │
 *   ServerSocketChannelImpl, NioSocketImpl, ...  the JDK's own, except that some static calls go
 *      │                                         to RedirectedCalls (Redirection, ConstantPool)
 *   BrokeredCalls ── Listeners: does a listener have this address?
 *      │                 InheritedListener   an fd from exec (LISTEN_FDS)
 *      │                 OpenedListener      opened or joined at the broker by its name
 *   FdReplacement    puts that fd behind the FileDescriptor which the JDK already has
 * </pre>
 *
 * From then on the JDK works on the kernel's socket as on its own: accept, selectors, options and
 * close need no further help. Three things differ, because the socket has other holders. The JDK
 * does not listen again, which would replace the backlog. It never clears O_NONBLOCK, which all
 * holders share; an accept that must wait polls then. And when the JDK has closed its fd, the
 * descriptor at the broker is closed too.
 *
 * <p>{@code Premain} opens the JDK's internals to this package, and checks that each redirection
 * has found its call, so that a JDK that differs is refused at the start.
 */
package dev.sockbroker.agent;
