/**
 * The contract: sockets, descriptors, tokens, names, registrations, waiting operations. This
 * package depends on neither frames nor epoll. It replies to clients through {@link
 * dev.sockbroker.broker.core.SessionProxy} and reaches the system through {@link
 * dev.sockbroker.broker.kernel.Kernel}, so its tests need neither.
 *
 * <p>One thread, the loop, owns all of it. Nothing here locks, blocks, or may be called from
 * another thread. A handler checks in the contract's order (descriptor, right, arguments, socket
 * type, state, kernel), acts, replies, and lets the socket report its events.
 *
 * <p>The package is flat because its classes need each other's state. Read it in this order:
 *
 * <ol>
 *   <li><b>Requests.</b> {@code Conductor} dispatches each request to the handler of its subject:
 *       {@code SessionHandler}, {@code OpenHandler}, {@code SocketHandler}, {@code DataHandler},
 *       {@code OptionHandler}, {@code TokenHandler}, {@code RegistrationHandler}, {@code
 *       EventObjectHandler}, {@code RingHandler}, {@code ExportHandler}, {@code ListHandler}. A
 *       {@code Call} is one request with its session and its one reply. {@code Turn} flushes what a
 *       turn wrote.
 *   <li><b>State.</b> {@code Session}, {@code Descriptor} and {@code OwnedSocket} hold the state;
 *       {@code SessionTable} begins and ends sessions; {@code SocketTable} and {@code SocketName}
 *       find sockets; {@code TransportState} and {@code PendingError} remember what the kernel
 *       reports only once; {@code Token}, {@code TokenTable} and {@code Processes} implement
 *       tokens.
 *   <li><b>Waiting.</b> An {@code Operation} repeats its {@code Attempt} (accept, connect, receive,
 *       send) until it can reply. {@code OperationQueue}, {@code Line} and {@code LineHeap} decide
 *       whose turn it is (rule 26); {@code Timers} ends it, and {@code Retries} repeats attempts
 *       for which the kernel does not wake the broker. {@code HeldRequests} wait behind the bytes
 *       of a lane. {@code Receipt} and {@code Returned} keep data that a reply could not deliver.
 *   <li><b>Events.</b> {@code Conditions} determines which events hold now, {@code Registration}
 *       whom to notify, and {@code Registrations} which registrations stand by. {@code EventObject}
 *       and {@code EventWait} are the second form.
 *   <li><b>Lanes.</b> {@code Lanes} holds the lanes of one socket. A {@code Lane} is a {@code
 *       Ring}, which moves bytes through shared memory by {@code ReceiveRing} and {@code SendRing},
 *       or a {@code StreamLane}, which moves them through a connection by {@code ReceiveStream} and
 *       {@code SendStream}. {@code SingleUseKeys} decide which connection belongs to it. {@code
 *       Exports} tracks exported raw fds.
 *   <li><b>Limits.</b> A {@code Resource} is charged to an {@code Account} of session, user and
 *       broker within {@code Limits}; {@code Accounts} finds them, {@code Tally} counts for {@code
 *       show --broker}, {@code Exhaustions} logs what ran out, {@code Newcomers} bounds sessions
 *       that have not said hello.
 *   <li><b>Visibility.</b> {@code Identity} is what the kernel reports about a client, {@code
 *       Sight} what the client may see, and {@code SocketUsers} who holds a socket. {@code
 *       Watchers} and {@code WatchFeed} report what happens; {@code EndedSessions} logs the
 *       sessions that the broker ends.
 *   <li><b>Hand-over.</b> Each class that owns state saves it as a record of {@code state} and is
 *       restored from it. {@code Saving} collects what is referred to, and {@code Restoring}
 *       restores everything in order. New state needs a component of such a record.
 * </ol>
 *
 * <p>A new request gets a method in the handler of its subject, or a new handler if it has a new
 * subject. New state belongs to the class that owns its lifetime. Anything new that a client can
 * make the broker keep needs a {@code Resource}.
 */
package dev.sockbroker.broker.core;
