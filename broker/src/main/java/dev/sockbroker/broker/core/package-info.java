/**
 * The contract: sockets, descriptors, tokens, names, registrations, waiting operations. This
 * package knows neither frames nor epoll. It answers clients through {@link
 * dev.sockbroker.broker.core.SessionProxy} and reaches the system through {@link
 * dev.sockbroker.broker.kernel.Kernel}, so its tests need neither.
 *
 * <p>One thread, the loop, owns all of it. Nothing here locks, blocks, or may be called from
 * another thread. A handler checks in the contract's order (descriptor, right, arguments, socket
 * type, state, kernel), acts, answers, and lets the socket report its events.
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
 *   <li><b>What there is.</b> {@code Session}, {@code Descriptor} and {@code OwnedSocket} hold the
 *       state; {@code SessionTable} begins and ends sessions; {@code SocketTable} and {@code
 *       SocketName} find sockets; {@code TransportState} and {@code PendingError} remember what the
 *       kernel says only once; {@code Token}, {@code TokenTable} and {@code Processes} are the
 *       tokens.
 *   <li><b>Waiting.</b> An {@code Operation} repeats its {@code Attempt} (accept, connect, receive,
 *       send) until it can be answered. {@code OperationQueue}, {@code Line} and {@code LineHeap}
 *       decide whose turn it is (rule 26); {@code Timers} ends it, and {@code Retries} tries again
 *       what the kernel does not report. {@code HeldRequests} wait behind the bytes of a ring.
 *       {@code Receipt}, {@code Returned} and {@code EndedSessions} give back what a reply could
 *       not deliver.
 *   <li><b>Events.</b> {@code Conditions} says which events hold now, {@code Registration} whom to
 *       notify, {@code Registrations} who stands by. {@code EventObject} and {@code EventWait} are
 *       the second form.
 *   <li><b>Lanes.</b> {@code Ring}, {@code ReceiveRing} and {@code SendRing} move bytes through
 *       shared memory, and {@code RingSlots} are those of one socket; {@code Exports} keeps account
 *       of raw fds.
 *   <li><b>Who pays.</b> A {@code Resource} is charged to an {@code Account} of session, user and
 *       broker within {@code Limits}; {@code Accounts} finds them, {@code Tally} counts for {@code
 *       show --broker}, {@code Exhaustions} logs what ran out, {@code Newcomers} bounds sessions
 *       that have not said hello.
 *   <li><b>Who sees.</b> {@code Identity} is what the kernel says about a client, {@code Sight}
 *       what it may see, {@code SocketUsers} whose socket it is. {@code Watchers} and {@code
 *       WatchFeed} report what happens.
 * </ol>
 *
 * <p>A new request gets a method in the handler of its subject, or a new handler if it has a new
 * subject. New state belongs to the class that owns its lifetime. A new thing that a client can
 * make the broker keep is a new {@code Resource}.
 */
package dev.sockbroker.broker.core;
