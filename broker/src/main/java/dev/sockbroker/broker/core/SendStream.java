package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The sending direction of a stream. It sends the bytes that the client writes to its connection,
 * even after the client is gone. Requests with a position wait until the bytes before that position
 * were sent (rule 25).
 */
final class SendStream implements SendPosition {
  private final StreamLane lane;
  private final Descriptor descriptor;
  private final OwnedSocket socket;
  private final HeldRequests held;
  private final KernelSocket.Arrival arrival = new KernelSocket.Arrival();

  /** How many bytes were sent. */
  private long head;

  /** Bytes read from the connection but not sent yet; null if there are none. */
  private ByteBuf kept;

  /** Whether the connection may have bytes. The kernel wakes the broker when that becomes true. */
  private boolean readable = true;

  /** Whether a short receive may be followed by the end of the connection. */
  private boolean ending = true;

  /** Whether the client sends no more. */
  private boolean atEnd;

  /** Whether the socket has no room. */
  private boolean blocked;

  private boolean draining;

  /** How many bytes were sent that are still in the connection. */
  private long owed;

  private final StreamEnd end = new StreamEnd();

  /**
   * @param held the requests that wait for bytes of this stream
   */
  SendStream(StreamLane lane, HeldRequests held) {
    this.lane = lane;
    this.held = held;
    descriptor = lane.descriptor();
    socket = descriptor.socket;
    held.waitFor(this);
  }

  SavedStream.Sending save() {
    ByteBuf bytes = kept == null ? Unpooled.EMPTY_BUFFER : kept;
    return new SavedStream.Sending(
        head, bytes, atEnd, blocked, draining, end.error(), end.isReported(), owed);
  }

  void restore(SavedStream.Sending saved) {
    head = saved.head();
    keep(saved.kept());
    atEnd = saved.atEnd();
    blocked = saved.blocked();
    draining = saved.draining();
    end.restore(saved.ended(), saved.reported());
    owed = saved.owed();
  }

  boolean isBlocked() {
    return blocked;
  }

  boolean isDraining() {
    return draining;
  }

  /** Whether bytes can be taken from the connection. */
  boolean wantsMore() {
    return !end.isSet() && !atEnd && !blocked;
  }

  void onReadable(int mask) {
    readable = true;
    ending |= (mask & KernelSocket.ENDING) != 0;
  }

  /** Takes over bytes to send before those that are in the connection. */
  void keep(ByteBuf bytes) {
    if (bytes.isReadable()) {
      lane.change().noteLogged();
      kept = bytes;
      lane.account().force(Resource.STREAM_BYTES, bytes.readableBytes());
    } else {
      bytes.release();
    }
  }

  /** Sends what the client has written. */
  void pump() {
    for (int moved = 0; !end.isSet(); ) {
      if (moved >= StreamLane.BURST_BYTES) {
        lane.pumpLater();
        return;
      }
      int sent = kept == null ? sendFromConnection() : sendKept();
      if (sent < 0) {
        break;
      }
      moved += sent;
    }
    if (atEnd && kept == null) {
      held.runDue();
      if (draining) {
        lane.close();
      }
    }
  }

  private int sendKept() {
    int length = kept.readableBytes();
    lane.change().noteLogged();
    int sent = send(kept);
    if (sent > 0) {
      lane.account().release(Resource.STREAM_BYTES, sent);
    }
    if (kept != null && !kept.isReadable()) {
      kept.release();
      kept = null;
    }
    return sent < length ? -1 : sent;
  }

  /** Returns how many bytes were sent, -1 if no more can be sent now. */
  private int sendFromConnection() {
    if (!readable || atEnd || !lane.isConnected()) {
      return -1;
    }
    takeOwed();
    boolean mayKeep = lane.mayKeep();
    KernelSocket connection = lane.connection();
    ByteBuf buffer = lane.buffer();
    int count = connection.receive(buffer, StreamLane.CHUNK_BYTES, !mayKeep, arrival);
    if (count <= 0) {
      readable = false;
      // An error is the end, too: the client has closed the connection without reading everything.
      if (count != -Errno.EAGAIN) {
        atEnd = true;
        lane.change().note();
      }
      return -1;
    }
    if (mayKeep && count < StreamLane.CHUNK_BYTES && !ending) {
      readable = false;
    }
    int sent = send(buffer);
    if (end.isSet()) {
      return -1;
    }
    if (mayKeep && buffer.isReadable()) {
      keep(lane.copy(buffer));
    } else if (!mayKeep && sent > 0) {
      owed = sent;
      takeOwed();
    }
    return sent < count ? -1 : sent;
  }

  /** Takes from the connection what was sent while it stayed there. */
  private void takeOwed() {
    while (owed > 0) {
      int length = (int) Math.min(owed, StreamLane.CHUNK_BYTES);
      int count = lane.connection().receive(lane.buffer(), length, false, arrival);
      // They were there, so only the end of the connection can have removed them.
      owed = count > 0 ? owed - count : 0;
      lane.change().noteLogged();
    }
  }

  /** Sends as much as possible and advances the buffer. Returns how many bytes that were. */
  private int send(ByteBuf bytes) {
    int length = (int) (held.limit(head, head + bytes.readableBytes()) - head);
    if (length == 0) {
      // A held request must be handled first.
      return 0;
    }
    int all = bytes.writerIndex();
    bytes.writerIndex(bytes.readerIndex() + length);
    int result = socket.transport().send(bytes, null, false);
    bytes.writerIndex(all);
    if (result < 0 && result != -Errno.EAGAIN) {
      end(-result);
      return 0;
    }
    int sent = Math.max(0, result);
    blocked = sent < length;
    if (blocked) {
      socket.enable(NetworkEvent.WRITE);
    }
    head += sent;
    if (sent > 0) {
      lane.change().noteLogged();
    }
    descriptor.sent(PolicyLane.STREAM, sent);
    held.runDue();
    return sent;
  }

  /** Ends sending after an error. What the client writes from now on is refused. */
  void end(int errno) {
    if (end.isSet()) {
      return;
    }
    end.set(errno);
    lane.change().note();
    over();
    lane.onSendEnded();
    if (draining) {
      lane.close();
    }
  }

  /**
   * Discards what the client has written. The kernel wakes a client that waits for room only when
   * there is room, not because it can write nothing more.
   */
  void discard() {
    KernelSocket connection = lane.connection();
    while (connection.receive(lane.buffer(), StreamLane.CHUNK_BYTES, false, arrival) > 0) {}
  }

  private void over() {
    blocked = false;
    if (kept != null) {
      lane.account().release(Resource.STREAM_BYTES, kept.readableBytes());
      kept.release();
      kept = null;
    }
    held.runDue();
  }

  @Override
  public boolean hasBytesBefore(long position) {
    return !end.isSet() && position > head && !(atEnd && kept == null);
  }

  /** The client may have written any number of bytes into its connection. */
  @Override
  public void checkPosition(long position) {}

  /** Starts to drain, because the client has left. Bytes that it has written are still sent. */
  void drain() {
    draining = true;
    lane.change().note();
    readable = true;
    ending = true;
    if (end.isSet()) {
      lane.close();
    } else {
      pump();
    }
  }

  /** Discards unsent bytes. */
  void close() {
    end.set(0);
    over();
  }

  StreamEnd end() {
    return end;
  }
}
