package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;

/**
 * One request on its way to its one reply.
 *
 * @param descriptor of the frame's header, 0 for none
 */
record Call(Session session, long requestId, long descriptor, Request request) {
  void reply(Reply reply) {
    session.proxy().reply(requestId, reply);
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
