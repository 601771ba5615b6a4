package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;

/** Attaches streams, connects them, and ends them. */
final class StreamHandler {
  /** The kernel doubles SO_SNDBUF, and one message may exceed the result by half. */
  private static final int BUFFER_FRACTION = 3;

  private final Environment environment;
  private final HeldQueues held;
  private final Authority authority;

  private final SingleUseKeys<StreamLane> keys = new SingleUseKeys<>(StreamLane::identity);
  private final Changes changes;
  private int count;

  /**
   * @param held the queues of held requests
   */
  StreamHandler(Environment environment, HeldQueues held, Authority authority, Changes changes) {
    this.changes = changes;
    this.authority = authority;
    this.environment = environment;
    this.held = held;
  }

  int count() {
    return count;
  }

  SingleUseKeys<StreamLane> keys() {
    return keys;
  }

  void onAttach(Call call, Request.AttachStream attach) {
    Descriptor descriptor = call.session().descriptor(attach.descriptor());
    Lanes.checkRights(descriptor, "a stream");
    authority.mayUse(call.session(), PolicyLane.STREAM);
    Lanes.checkFree(descriptor, "a stream");
    call.session().account().check(Resource.FILE_DESCRIPTORS, 1);
    StreamLane stream = attach(descriptor);
    call.reply(new Reply.Stream(keys.make(stream), stream.receives(), stream.sends()));
  }

  /** Attaches a stream to an accepted connection. Returns its key; null without the rights. */
  String attachAccepted(Descriptor descriptor) {
    return Lanes.isPossible(descriptor) ? keys.make(attach(descriptor)) : null;
  }

  private StreamLane attach(Descriptor descriptor) {
    StreamLane stream = make(descriptor);
    descriptor.socket.lanes().attach(stream);
    return stream;
  }

  private StreamLane make(Descriptor descriptor) {
    Account account = descriptor.session.account();
    count++;
    account.force(Resource.FILE_DESCRIPTORS, 1);
    return new StreamLane(
        descriptor,
        environment,
        held.of(descriptor),
        keys,
        changes,
        () -> {
          count--;
          account.release(Resource.FILE_DESCRIPTORS, 1);
        });
  }

  /** Restores a stream of another broker. */
  void restore(SavedStream saved, Descriptor descriptor) {
    StreamLane stream = make(descriptor);
    stream.restore(saved);
    if (saved.key() != null) {
      keys.restore(stream, saved.key());
    }
    descriptor.socket.lanes().restore(stream);
  }

  /**
   * Gives a stream its connection.
   *
   * @param connection whose peer has shown the stream's key
   * @param early what the peer has already sent behind the key
   */
  void connect(StreamLane stream, KernelSocket connection, ByteBuf early) {
    stream.descriptor().use();
    connection.setOption(
        "SO_SNDBUF", (long) environment.limits().streamPrefetchBytes() / BUFFER_FRACTION);
    stream.connect(connection, early);
  }

  void onDetach(Call call, Request.DetachStream detach) {
    Descriptor descriptor = call.session().descriptor(detach.descriptor());
    if (!(descriptor.lane instanceof StreamLane stream)) {
      throw new RefusedException(Errno.EINVAL, "this descriptor has no stream");
    }
    stream.detach();
    call.reply(new Reply.Done());
    descriptor.socket.serveWaiting();
  }
}
