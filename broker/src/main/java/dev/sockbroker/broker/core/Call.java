package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;

/**
 * One request on its way to its one reply. Those that move bytes are used again, by {@link
 * #giveBack}; of all others whoever was handed one may keep it.
 */
final class Call {
  /** What is reckoned for every waiting operation covers this. */
  private static final int SMALL_BYTES = 512;

  /** A number in a list is an object and a reference to it. */
  private static final int NUMBER_BYTES = 24;

  private final Pool<Call> pool;
  private Session session;
  private long requestId;
  private long descriptor;
  private Request request;

  Call(Pool<Call> pool) {
    this.pool = pool;
  }

  /**
   * @param inDescriptor of the frame's header, 0 for none
   */
  Call of(Session by, long id, long inDescriptor, Request what) {
    session = by;
    requestId = id;
    descriptor = inDescriptor;
    request = what;
    return this;
  }

  /** It is answered, or never will be, and nobody has kept it. */
  void giveBack() {
    session = null;
    request = null;
    pool.giveBack(this);
  }

  Session session() {
    return session;
  }

  long requestId() {
    return requestId;
  }

  long descriptor() {
    return descriptor;
  }

  Request request() {
    return request;
  }

  /** What it keeps in memory while it waits, beyond what every waiting operation does. */
  long keptBytes() {
    long bytes =
        switch (request) {
          case Request.Receive _, Request.Accept _ -> 0;
          case Request.Send it -> it.to() == null ? 0 : textBytes(it.to());
          case Request.Connect it -> textBytes(it.address());
          case Request.WaitEvents it -> (long) NUMBER_BYTES * it.objects().size();
          default -> textBytes(request);
        };
    return bytes <= SMALL_BYTES ? 0 : bytes;
  }

  private static long textBytes(Object it) {
    return 2L * it.toString().length();
  }

  void reply(Reply reply) {
    session.proxyToFlush().reply(requestId, reply);
  }

  void refuse(RefusedException why) {
    reply(
        new Reply.Error(
            Errno.name(why.errno()),
            why.errno(),
            what() + ": " + why.getMessage(),
            why.isTimedOut()));
  }

  /** What was asked: {@code receive on d42}. */
  String what() {
    String name = request.getClass().getSimpleName();
    String what = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return descriptor == 0 ? what : what + " on d" + Long.toUnsignedString(descriptor);
  }
}
