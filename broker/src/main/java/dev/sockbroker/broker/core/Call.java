package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;

/**
 * One request on its way to its one reply.
 *
 * @param what the request, for the error's sentence: {@code receive on d42}
 */
record Call(Session session, long requestId, String what) {
  static Call of(Session session, long requestId, Request request, long descriptor) {
    String name = request.getClass().getSimpleName();
    String what = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return new Call(session, requestId, descriptor == 0 ? what : what + " on d" + descriptor);
  }

  void reply(Reply reply) {
    session.proxy().reply(requestId, reply);
  }

  void refuse(RefusedException why) {
    reply(
        new Reply.Error(
            Errno.name(why.errno()),
            why.errno(),
            what + ": " + why.getMessage(),
            why.isTimedOut()));
  }
}
