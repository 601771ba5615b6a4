package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.RingMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Memory that one descriptor's client shares with the broker, and through which the stream's bytes
 * go; each direction for which the descriptor has the right. The words in it are described in the
 * protocol's README, and what the client has written there is never believed.
 */
final class Ring implements Notice {
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final Environment environment;
  private final int bytes;
  private final Kernel.SharedMemory memory;
  private final ReceiveRing receive;
  private final SendRing send;
  private final Consumer<Ring> released;
  private final Consumer<RefusedException> broken;
  private int fdCount = 2;
  private boolean rung;
  private boolean detached;
  private boolean closed;
  private boolean unusable;

  /**
   * @param held the requests that wait for bytes that go through it
   * @param released runs when the memory is free again
   * @param broken hears that the client has written nonsense, and ends its session, not at once
   */
  Ring(
      Descriptor descriptor,
      Environment environment,
      int bytes,
      HeldRequests held,
      Consumer<Ring> released,
      Consumer<RefusedException> broken) {
    this.descriptor = descriptor;
    this.environment = environment;
    this.bytes = bytes;
    this.released = released;
    this.broken = broken;
    socket = descriptor.socket;
    memory = environment.kernel().share(RingMemory.length(bytes), this::onDoorbell);
    ByteBuffer all = memory.memory();
    RingMemory words = new RingMemory(all);
    receive =
        descriptor.rights.contains(Right.RECV)
            ? new ReceiveRing(this, descriptor, words, area(all, RingMemory.WORDS_BYTES))
            : null;
    send =
        descriptor.rights.contains(Right.SEND)
            ? new SendRing(this, descriptor, words, area(all, RingMemory.WORDS_BYTES + bytes), held)
            : null;
  }

  private ByteBuf area(ByteBuffer all, int from) {
    return Unpooled.wrappedBuffer(all.slice(from, bytes));
  }

  Descriptor descriptor() {
    return descriptor;
  }

  int bytes() {
    return bytes;
  }

  /** Null if the bytes that come do not go through it. */
  ReceiveRing receive() {
    return receive;
  }

  /** Null if the bytes that go do not go through it. */
  SendRing send() {
    return send;
  }

  /** Null when it has been closed. */
  int[] fds() {
    return closed ? null : memory.fds();
  }

  /** The client has the memory: the broker needs its fd no longer. */
  void passed() {
    if (!closed) {
      memory.passed();
      fdCount = 1;
    }
  }

  /** Of the memory and of the doorbell. */
  int fdCount() {
    return fdCount;
  }

  Reply.Ring info() {
    return new Reply.Ring(bytes, receive != null, send != null);
  }

  /** Moves bytes as far as the kernel and the client let them. */
  void pump() {
    attempt(
        () -> {
          if (receive != null && !detached) {
            receive.pump();
          }
          if (send != null && !closed) {
            send.pump();
          }
        });
  }

  /** Has the client ring when the broker must know. */
  void watch() {
    if (receive != null && !detached) {
      receive.watch();
    }
  }

  private void onDoorbell() {
    if (!detached && receive != null) {
      receive.onDoorbell();
    }
    socket.serveWaiting();
  }

  private void attempt(Runnable task) {
    if (unusable) {
      return;
    }
    try {
      task.run();
    } catch (RefusedException nonsense) {
      unusable = true;
      environment.loop().execute(() -> broken.accept(nonsense));
    }
  }

  /** In a turn of its own, so that others have theirs. */
  void pumpLater() {
    socket.serveWaitingLater();
  }

  /** The connection has failed, so that nothing can be sent either. */
  void failed(int errno) {
    if (send != null) {
      send.end(errno);
    }
  }

  /**
   * What the client watches for has come. A client that does not read what it is told can watch
   * again and again, and is told once.
   */
  void ringDoorbell() {
    Session session = descriptor.session;
    rung = true;
    if (session.isWritable()) {
      deliver(session.proxyToFlush());
    } else if (!session.isEnded()) {
      session.notice(this);
    }
  }

  /** Whether it has been since the last call: the client is told before more is moved. */
  boolean hasRung() {
    boolean has = rung;
    rung = false;
    return has;
  }

  @Override
  public void deliver(SessionProxy proxy) {
    proxy.event(0, new Event.RingReady(descriptor.id));
  }

  /** The client goes from it, or has gone. */
  void detach() {
    if (detached) {
      return;
    }
    if (receive != null) {
      attempt(receive::noteTaken);
    }
    if (send != null) {
      attempt(send::pump);
    }
    detached = true;
    descriptor.session.forget(this);
    if (receive != null) {
      receive.giveBack(environment.buffers());
    }
    socket.rings().detached(this);
    if (send == null || unusable) {
      close();
    } else {
      send.drain();
    }
  }

  /** All that was put in has been sent, or never will be. */
  void drained() {
    close();
  }

  /** Gives the memory up, with whatever is in it. */
  void close() {
    if (!closed) {
      closed = true;
      detached = true;
      if (send != null) {
        send.close();
      }
      socket.rings().closed(this);
      memory.close();
      released.accept(this);
    }
  }
}
