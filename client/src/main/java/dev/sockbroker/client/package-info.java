/**
 * The library for worker programs. Start with {@link dev.sockbroker.client.Broker}: it makes {@link
 * dev.sockbroker.client.SharedSocket}s, and everything else comes from these two.
 *
 * <p>Any thread may use any type unless its javadoc says otherwise. Errors are {@link
 * java.io.IOException}s; {@link dev.sockbroker.client.BrokerException} has the errno. "Rule 24" in
 * the javadoc refers to the contract, broker/CONTRACT.md.
 *
 * <p>The package is flat, so that only the types that users need are public. Read it in this order:
 *
 * <ol>
 *   <li><b>The public types.</b> {@code Broker}, {@code SharedSocket}, {@code SocketSpec}, {@code
 *       Rights}, {@code Target}, {@code DescriptorToken}, {@code EventObject}, {@code SocketRing},
 *       {@code ExportedSocket}, {@code Acceptor}. What {@code Broker.list} and {@code Broker.show}
 *       return is in {@code DescriptorInfo}, {@code SocketInfo} and {@code SocketDetails}; {@code
 *       Infos} makes them. {@code SocketLabel} is the text of a {@code SharedSocket}.
 *   <li><b>The session.</b> {@code Session} is one session with the broker. {@code Connection} is
 *       its channel: {@code Requests} writes requests and keeps the operations that wait for a
 *       reply, {@code Reading} decides which thread reads, and {@code Inbox} finds the frames. An
 *       {@code Operation} is one request until its reply. {@code Sends} sends large payloads piece
 *       by piece, {@code Transfers} turns replies into results, and {@code Failures} and {@code
 *       JdkExceptions} turn errors into exceptions.
 *   <li><b>Events.</b> {@code EventsAdapter} finds the callback for an event; {@code
 *       SerialExecutor} runs callbacks in order.
 *   <li><b>Rings.</b> {@code RingReader}, {@code RingWriter} and {@code RingWait}.
 *   <li><b>Raw fds.</b> {@code FdReceiver} takes fds, {@code Exporting} and {@code PassedFds} match
 *       them with replies, {@code BrokerChannelFactory} adapts them to Netty.
 *   <li><b>The JDK's sockets.</b> {@code BrokerSocketFactory} and {@code
 *       BrokerServerSocketFactory}, with {@code BrokeredSocketImpl} behind them; {@code
 *       FactorySession} is the session that factories share.
 * </ol>
 *
 * <p>A new request becomes a method of {@code SharedSocket} or {@code Broker}. It gets a blocking
 * form and, if the broker may delay the reply, a form that returns a {@link
 * java.util.concurrent.CompletableFuture}.
 */
package dev.sockbroker.client;
