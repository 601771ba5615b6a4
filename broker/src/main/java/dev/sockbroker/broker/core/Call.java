package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.recording.Events;
import dev.sockbroker.broker.state.SavedCall;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;

/**
 * One request that waits for its single reply. Calls that move bytes are reused through {@link
 * #giveBack}. All other calls may be kept by any receiver.
 */
final class Call {
  /** The fixed cost of every waiting operation covers this much. */
  private static final int SMALL_BYTES = 512;

  /** The cost of a number in a list: an object and a reference. */
  private static final int NUMBER_BYTES = 24;

  private final Pool<Call> pool;
  private final AuditTrail audit;
  private final RequestCounts counts;
  private Session session;
  private long requestId;
  private long descriptor;
  private Request request;

  /**
   * @param audit gets the refusals
   * @param counts counts the outcomes
   */
  Call(Pool<Call> pool, AuditTrail audit, RequestCounts counts) {
    this.pool = pool;
    this.audit = audit;
    this.counts = counts;
  }

  /**
   * @param inDescriptor the descriptor in the frame's header, 0 for none
   */
  Call of(Session by, long id, long inDescriptor, Request what) {
    session = by;
    requestId = id;
    descriptor = inDescriptor;
    request = what;
    return this;
  }

  /**
   * Returns this call to the pool, because the request has its reply or never will, and nobody
   * keeps a reference.
   */
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

  /**
   * Returns how much memory the request keeps while it waits, beyond the fixed cost of a waiting
   * operation.
   */
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

  SavedCall save() {
    return new SavedCall(session.id(), requestId, descriptor, request);
  }

  void reply(Reply reply) {
    counts.answered(request);
    session.proxyToFlush().reply(requestId, reply);
  }

  /** As {@link SessionProxy#reply(long, Reply, SessionProxy.Delivery)}. */
  void reply(Reply reply, SessionProxy.Delivery delivery) {
    counts.answered(request);
    session.proxyToFlush().reply(requestId, reply, delivery);
  }

  /** As {@link SessionProxy#reply(long, Reply, ByteBuf, SessionProxy.Delivery)}. */
  void reply(Reply reply, ByteBuf payload, SessionProxy.Delivery delivery) {
    counts.answered(request);
    session.proxyToFlush().reply(requestId, reply, payload, delivery);
  }

  void refuse(RefusedException why) {
    audit.refused(this, why);
    String error = Errno.name(why.errno());
    counts.refused(request, why.errno(), why.isByPolicy());
    Events.refusedRequest(request.getClass(), error, session.id(), session.identity().pid());
    session
        .proxyToFlush()
        .reply(
            requestId,
            new Reply.Error(
                error, why.errno(), what() + ": " + why.getMessage(), why.isTimedOut()));
  }

  /** Describes the request: {@code receive on d42}. */
  String what() {
    String name = request.getClass().getSimpleName();
    String what = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return descriptor == 0 ? what : what + " on d" + Long.toUnsignedString(descriptor);
  }
}
