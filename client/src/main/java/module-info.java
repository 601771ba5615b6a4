/** The library that a worker program calls. */
module dev.sockbroker.client {
  requires transitive dev.sockbroker.protocol;
  requires jdk.net;

  // For exported sockets and rings, which a program may do without. Not transitive: a program that
  // does
  // without them would not compile. One that uses them requires Netty's modules itself.
  requires static io.netty.transport;
  requires static io.netty.transport.classes.epoll;
  requires static io.netty.transport.unix.common;

  exports dev.sockbroker.client;
}
