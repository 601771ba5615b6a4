package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import io.netty.buffer.ByteBuf;

/**
 * The receiving direction of a stream. It passes the socket's bytes on to the client's connection,
 * which counts as a receive (rules 36-39). Bytes that do not fit go to the next receiver, usually
 * this stream.
 */
final class ReceiveStream {
  private final StreamLane lane;
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final TransportState transport;
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();

  /** Whether the kernel may have bytes. It will wake the broker when that becomes true. */
  private boolean readable = true;

  /** Whether a short receive may be followed by the end of the stream. */
  private boolean ending = true;

  /** Whether there may be an urgent byte. */
  private boolean urgent = true;

  /** Whether the connection has no room. */
  private boolean blocked;

  /** Whether the last bytes filled the connection, so that the next ones may not fit. */
  private boolean full;

  /** How many bytes were passed on that are still in the socket. */
  private long owed;

  private final StreamEnd end = new StreamEnd();

  ReceiveStream(StreamLane lane) {
    this.lane = lane;
    descriptor = lane.descriptor();
    socket = descriptor.socket;
    transport = socket.transport();
  }

  SavedStream.Receiving save() {
    return new SavedStream.Receiving(end.error(), end.isReported(), owed);
  }

  void restore(SavedStream.Receiving saved) {
    end.restore(saved.ended(), saved.reported());
    owed = saved.owed();
  }

  boolean isBlocked() {
    return blocked;
  }

  /** Whether bytes can be passed on. */
  boolean wantsMore() {
    return lane.isConnected() && !blocked && !end.isSet();
  }

  void onReady(int mask) {
    readable |= (mask & KernelSocket.ANY_DATA) != 0;
    ending |= (mask & KernelSocket.ENDING) != 0;
    urgent |= (mask & KernelSocket.PRI) != 0;
  }

  /** The connection has room again. */
  void onRoom() {
    blocked = false;
  }

  void pump() {
    takeOwed();
    for (int moved = 0; wantsMore() && mayReceive(); ) {
      if (moved >= StreamLane.BURST_BYTES) {
        lane.pumpLater();
        return;
      }
      moved += pass();
    }
  }

  /**
   * Whether to receive now. Receiving past an unread urgent byte would lose it, so the stream waits
   * until the byte is read, or until the client has read everything before it.
   */
  private boolean mayReceive() {
    if (transport.hasReturned()) {
      return true;
    }
    if (!readable || !urgent) {
      return readable;
    }
    KernelSocket kernel = socket.kernel();
    urgent = (kernel.poll() & KernelSocket.PRI) != 0 && !kernel.urgentInline();
    if (urgent && kernel.isAtMark() && lane.connection().queuedOut() > 0) {
      socket.retryLater();
      return false;
    }
    return true;
  }

  /** Passes one receive on and returns its size. */
  private int pass() {
    // If the connection is likely to be full, the rest stays in the kernel, and nothing is
    // allocated.
    boolean mayKeep = !full && lane.mayKeep();
    boolean fromKernel = !transport.hasReturned();
    long position = transport.position();
    ByteBuf buffer = lane.buffer();
    int count = transport.receive(buffer, StreamLane.CHUNK_BYTES, !mayKeep, arrival);
    if (count <= 0) {
      onNothing(count);
      return 0;
    }
    if (fromKernel && count < StreamLane.CHUNK_BYTES && !ending && !urgent) {
      readable = false;
    }
    int sent = lane.connection().send(buffer, null, false);
    settle(buffer, position, sent, mayKeep);
    full = sent < count;
    if (full) {
      onFull(sent);
    }
    if (sent > 0) {
      descriptor.received(PolicyLane.STREAM, sent);
      socket.enableReceive();
    }
    return Math.max(0, sent);
  }

  /** Takes from the socket what was passed on, or gives back what was not. */
  private void settle(ByteBuf buffer, long position, int sent, boolean mayKeep) {
    if (!mayKeep && sent > 0) {
      owed = sent;
      takeOwed();
    } else if (mayKeep && buffer.isReadable()) {
      transport.giveBack(
          new Returned.Chunk(
              position + Math.max(0, sent),
              lane.copy(buffer),
              null,
              descriptor.session,
              Resource.STREAM_BYTES));
    }
  }

  /** Takes from the socket what was passed on while it stayed there. */
  void takeOwed() {
    while (owed > 0) {
      int length = (int) Math.min(owed, StreamLane.CHUNK_BYTES);
      int count = transport.receive(lane.buffer(), length, false, arrival);
      // They were there, so only the end of the connection can have removed them.
      owed = count > 0 ? owed - count : 0;
      lane.change().noteLogged();
    }
  }

  private void onFull(int sent) {
    blocked = true;
    readable = true;
    if (sent < 0 && sent != -Errno.EAGAIN) {
      lane.leaveLater();
    }
  }

  private void onNothing(int result) {
    readable = false;
    if (result != -Errno.EAGAIN) {
      end.set(-result);
      lane.change().note();
      lane.connection().shutdown(Direction.SEND);
      lane.report();
    }
  }

  StreamEnd end() {
    return end;
  }
}
