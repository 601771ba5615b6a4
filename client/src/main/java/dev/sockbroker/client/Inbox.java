package dev.sockbroker.client;

import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;

/**
 * Cuts the broker's stream into frames. A large payload that somebody waits for goes to its place
 * without a stop here. For the thread that reads.
 */
final class Inbox {
  private static final int INITIAL_BYTES = 1 << 16;

  /** A payload that misses less than this is not worth a place of its own. */
  private static final int ROOM_MIN = 8192;

  private final Rooms rooms;
  private ByteBuffer in = ByteBuffer.allocateDirect(INITIAL_BYTES).limit(0);

  /** Set by whoever made the session; read by who reads. */
  private volatile int frameBytesMax = FrameHeader.FRAME_BYTES_MAX;

  /** Header and JSON part of the frame whose payload goes into the room; null if none does. */
  private ByteBuffer head;

  private ByteBuffer room;

  /** Where large payloads are wanted. */
  interface Rooms {
    /**
     * @param header not checked, but for its length
     * @return exactly as long as the payload; null if there is no place
     */
    ByteBuffer of(FrameHeader header, int payloadLength);
  }

  Inbox(Rooms rooms) {
    this.rooms = rooms;
  }

  void frameBytesMax(int bytes) {
    frameBytesMax = bytes;
  }

  int frameBytesMax() {
    return frameBytesMax;
  }

  /**
   * Reads once.
   *
   * @return whether the stream goes on
   */
  boolean fill(ScatteringByteChannel channel) throws IOException {
    room = head == null ? null : room;
    in.compact();
    try {
      long count = room == null ? channel.read(in) : channel.read(new ByteBuffer[] {room, in});
      return count >= 0;
    } finally {
      in.flip();
    }
  }

  /**
   * The next whole frame, good until the next fill; null if none is there. The payload of one whose
   * {@link #payload} went elsewhere is not in it.
   */
  ByteBuffer next() throws MalformedFrameException {
    if (head != null) {
      return nextInRoom();
    }
    room = null;
    if (in.remaining() < FrameHeader.LENGTH_BYTES) {
      return null;
    }
    int length = in.getInt(in.position());
    FrameHeader.checkLength(length, frameBytesMax);
    int size = FrameHeader.LENGTH_BYTES + length;
    if (in.remaining() >= size) {
      return take(size);
    }
    if (size - in.remaining() < ROOM_MIN || !findRoom(size)) {
      ensureCapacity(size);
    }
    return null;
  }

  /** The payload of the frame that came last, which was read as far as its JSON part. */
  ByteBuffer payload(ByteBuffer frame) {
    return room == null ? frame : room;
  }

  private ByteBuffer nextInRoom() {
    if (room.hasRemaining()) {
      return null;
    }
    room.flip();
    ByteBuffer whole = head;
    head = null;
    return whole;
  }

  private ByteBuffer take(int size) {
    ByteBuffer taken = in.slice(in.position(), size);
    in.position(in.position() + size);
    return taken;
  }

  /** Whether the rest of the frame that has begun has a place of its own from now on. */
  private boolean findRoom(int size) {
    if (in.remaining() < FrameHeader.BYTES) {
      return false;
    }
    FrameHeader header = FrameHeader.read(in.duplicate());
    int headLength = FrameHeader.BYTES + header.jsonLength();
    if (header.jsonLength() < 0 || headLength > in.remaining()) {
      return false;
    }
    room = rooms.of(header, size - headLength);
    if (room == null) {
      return false;
    }
    head = ByteBuffer.allocate(headLength).put(take(headLength)).flip();
    room.put(in);
    return true;
  }

  private void ensureCapacity(int size) {
    if (in.capacity() < size) {
      in = ByteBuffer.allocateDirect(size).put(in).flip();
    }
  }
}
