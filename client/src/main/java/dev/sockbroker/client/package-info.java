/**
 * The library for worker programs. {@link dev.sockbroker.client.Broker} is where it begins: it
 * makes {@link dev.sockbroker.client.SharedSocket}s, and everything else comes from these two.
 *
 * <p>All types are safe for use by any thread. Errors are {@link java.io.IOException}s; {@link
 * dev.sockbroker.client.BrokerException} has the errno. "Rule 24" in the javadoc refers to the
 * contract, broker/CONTRACT.md.
 *
 * <p>The package is flat, so that only what users need is public. Read it in this order:
 *
 * <ol>
 *   <li><b>What users call.</b> {@code Broker}, {@code SharedSocket}, {@code SocketSpec}, {@code
 *       Rights}, {@code Target}, {@code DescriptorToken}, {@code EventObject}, {@code SocketRing},
 *       {@code ExportedSocket}.
 *   <li><b>The session.</b> {@code Session} is one session with the broker. {@code Connection} is
 *       its channel: {@code Requests} writes requests and keeps what waits for a reply, {@code
 *       Reading} decides which thread reads, and {@code Inbox} finds the frames. An {@code
 *       Operation} is one request until its answer. {@code Sends} feeds large sends piece by piece,
 *       {@code Transfers} turns replies into results, {@code Failures} and {@code JdkExceptions}
 *       turn errors into exceptions.
 *   <li><b>Events.</b> {@code EventsAdapter} finds the callback for an event; {@code
 *       SerialExecutor} runs callbacks in order.
 *   <li><b>Rings.</b> {@code RingReader}, {@code RingWriter} and {@code RingWait}.
 *   <li><b>Raw fds.</b> {@code FdReceiver} takes fds, {@code Exporting} and {@code PassedFds} match
 *       them with replies, {@code BrokerChannelFactory} adapts them to Netty.
 *   <li><b>The JDK's sockets.</b> {@code BrokerSocketFactory}, {@code BrokerServerSocketFactory},
 *       and {@code BrokeredSocketImpl} behind them; {@code FactorySession} is the session that
 *       factories share.
 * </ol>
 *
 * <p>A new request becomes a method of {@code SharedSocket} or {@code Broker}, in a blocking form
 * and in one that returns a {@link java.util.concurrent.CompletableFuture} if the broker may answer
 * it late.
 */
package dev.sockbroker.client;
