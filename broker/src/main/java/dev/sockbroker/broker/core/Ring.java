package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.RingMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Memory that a client shares with the broker to move the bytes of a stream through one descriptor.
 * It serves each direction for which the descriptor has the right. The protocol's README describes
 * the control words in it. Nothing that the client writes there is trusted.
 */
final class Ring implements Lane, Notice {
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final Environment environment;
  private final int bytes;
  private final Kernel.SharedMemory memory;
  private final ReceiveRing receive;
  private final SendRing send;
  private final Consumer<Ring> released;
  private final Consumer<RefusedException> broken;
  private boolean rung;
  private boolean detached;
  private boolean closed;
  private boolean unusable;

  /**
   * @param held the requests that wait for bytes of this ring
   * @param released runs when the memory has been freed
   * @param broken called when the client has written invalid values; ends its session later
   * @param saved the state of another broker, null for a new ring
   */
  Ring(
      Descriptor descriptor,
      Environment environment,
      int bytes,
      HeldRequests held,
      Consumer<Ring> released,
      Consumer<RefusedException> broken,
      SavedRing saved) {
    this.descriptor = descriptor;
    this.environment = environment;
    this.bytes = bytes;
    this.released = released;
    this.broken = broken;
    socket = descriptor.socket;
    memory = memory(saved);
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
    if (saved != null) {
      restore(saved);
    }
  }

  private Kernel.SharedMemory memory(SavedRing saved) {
    long length = RingMemory.length(bytes);
    return saved == null
        ? environment.kernel().share(length, this::onDoorbell)
        : environment.kernel().adopt(saved.memory(), saved.doorbell(), length, this::onDoorbell);
  }

  private void restore(SavedRing saved) {
    rung = saved.rung();
    detached = saved.detached();
    if (receive != null && saved.receive() != null) {
      receive.restore(saved.receive());
    }
    if (send != null) {
      send.restore(saved.send());
    }
  }

  /** Finds out the positions, which a killed broker has left only in the memory. */
  void recover(Crash crash) {
    attempt(
        () -> {
          if (receive != null && !detached) {
            receive.recover(crash.receivedByRing(descriptor.id));
          }
          if (send != null) {
            send.recover(crash.sentByRing(descriptor.id));
          }
        });
    if (!detached) {
      // The client may have slept when the broker was killed, and what woke it may be lost.
      ringDoorbell();
    }
  }

  /** Notes for a next broker from which position on bytes are moved. */
  void movesFrom(long position) {
    environment.ledger().onBehalfOf(0, position);
  }

  SavedRing save(Saving saving) {
    int[] fds = memory.fds();
    return new SavedRing(
        saving.idOf(descriptor),
        bytes,
        new Fd(fds[0]),
        new Fd(fds[1]),
        rung,
        detached,
        receive == null ? null : receive.save(),
        send == null ? null : send.save());
  }

  @Override
  public boolean isDetached() {
    return detached;
  }

  private ByteBuf area(ByteBuffer all, int from) {
    return Unpooled.wrappedBuffer(all.slice(from, bytes));
  }

  @Override
  public Descriptor descriptor() {
    return descriptor;
  }

  @Override
  public boolean receives() {
    return receive != null;
  }

  @Override
  public boolean sends() {
    return send != null;
  }

  @Override
  public boolean isSendBlocked() {
    return send.isBlocked();
  }

  @Override
  public boolean isDraining() {
    return send.isDraining();
  }

  @Override
  public long queuedIn() {
    return receive.available();
  }

  @Override
  public int interest() {
    return receive.wantsMore() ? KernelSocket.IN | KernelSocket.RDHUP : 0;
  }

  int bytes() {
    return bytes;
  }

  /** The receiving direction, or null if the ring does not receive. */
  ReceiveRing receive() {
    return receive;
  }

  /** The sending direction, or null if the ring does not send. */
  SendRing send() {
    return send;
  }

  /** The fds of the memory and the doorbell, or null after the close. */
  int[] fds() {
    return closed ? null : memory.fds();
  }

  Reply.Ring info() {
    return new Reply.Ring(bytes, receive != null, send != null);
  }

  /** The ring asks the kernel itself. */
  @Override
  public void onReady(int mask) {}

  @Override
  public void pump() {
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

  @Override
  public void watch() {
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

  /** Schedules {@link #pump} in a separate task, so that other sockets get their turn. */
  void pumpLater() {
    socket.serveWaitingLater();
  }

  /** Ends sending, because the connection has failed. */
  void failed(int errno) {
    if (send != null) {
      send.end(errno);
    }
  }

  /**
   * Notifies the client that what it watches for has happened. A client that does not read its
   * notifications gets only one, even if it watches again and again.
   */
  void ringDoorbell() {
    Session session = descriptor.session;
    rung = true;
    socket.change().note();
    if (session.isWritable()) {
      deliver(session.proxyToFlush());
    } else if (!session.isEnded()) {
      session.notice(this);
    }
  }

  /**
   * Whether the client was notified since the last call. The notification is sent before more bytes
   * are moved.
   */
  boolean hasRung() {
    boolean has = rung;
    rung = false;
    return has;
  }

  @Override
  public SavedSession.Notice save() {
    return new SavedSession.Notice(SavedSession.Notice.Kind.RING, descriptor.id);
  }

  @Override
  public void deliver(SessionProxy proxy) {
    proxy.event(0, new Event.RingReady(descriptor.id));
  }

  @Override
  public void detach() {
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
    socket.lanes().detached(this);
    if (send == null || unusable) {
      close();
    } else {
      send.drain();
    }
  }

  /** Closes the ring after all its bytes were sent or can no longer be sent. */
  void drained() {
    close();
  }

  @Override
  public void endSending(int errno) {
    send.end(errno);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      detached = true;
      if (send != null) {
        send.close();
      }
      socket.lanes().closed(this);
      memory.close();
      released.accept(this);
    }
  }
}
