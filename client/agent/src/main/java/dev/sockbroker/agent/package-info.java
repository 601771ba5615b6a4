/**
 * The Java agent, with which the JDK's own sockets become those of the broker.
 *
 * <pre>
 *   a server: bind("*:8080")                     a program: connect("host", 80)
 *      │                                            │ NamesResolver: a placeholder address
 *   ServerSocketChannelImpl, NioSocketImpl, SocketChannelImpl, ...
 *      │  the JDK's own, except that some of their calls go to RedirectedCalls
 *      │  (Redirector, Redirection, ConstantPool)
 *   BrokeredServers ── Listeners                 BrokeredConnections ── Connecting
 *      │   InheritedListener: an fd of exec         │   opens and exports the connection,
 *      │   OpenedListener: by its name,             │   with a Placeholder until then
 *      │   at the broker                            │
 *   FdReplacement: puts the broker's fd behind the FileDescriptor which the JDK already has
 *      │
 *   HeldDescriptors: when the JDK has closed its fd, the descriptor at the broker ends too
 * </pre>
 *
 * From then on the JDK works on the kernel's socket as on its own: accept, bytes, selectors and
 * options need no further help. A listener has other holders, so the JDK does not listen again,
 * which would replace the backlog, and never clears O_NONBLOCK, which all holders share; an accept
 * that must wait polls then.
 *
 * <p>For the JDK, every connect is one whose outcome is not known yet. It waits for the descriptor,
 * with its own time limits and interrupts, and asks for the outcome. Then the connection replaces
 * the placeholder, and epoll, which forgets a file that is replaced, is told again.
 *
 * <p>{@code Premain} opens the JDK's internals to this package. {@code Jdk} finds them, and {@code
 * Redirector} checks that each redirection has found its call. So a JDK that differs is refused at
 * the start. Four types are defined by the boot loader, where the JDK's classes see them
 * (BootClasses). What needs the foreign function API is in the jar for Java 22 and later.
 */
package dev.sockbroker.agent;
