/** The library for worker programs. */
module dev.sockbroker.client {
  requires transitive dev.sockbroker.protocol;
  requires jdk.net;

  // Only exported sockets and rings need Netty. The requirement is not transitive, because programs
  // without Netty would not compile then. Programs that use these features require Netty
  // themselves.
  requires static io.netty.transport;
  requires static io.netty.transport.classes.epoll;
  requires static io.netty.transport.unix.common;

  exports dev.sockbroker.client;
}
