package dev.sockbroker.client;

import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.FrameReader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;

/**
 * The broker's frames. A large payload with a waiting receiver is read directly into its
 * destination. Only the thread that reads uses it.
 */
final class Inbox {
  private static final int INITIAL_BYTES = 1 << 16;

  /** If a payload lacks fewer bytes than this, reading it directly is not worthwhile. */
  private static final int ROOM_MIN = 8192;

  private final FrameReader frames = new FrameReader(INITIAL_BYTES);
  private final ScatteringByteChannel channel;
  private final FrameReader.Source source = this::read;
  private final Rooms rooms;

  /** Header and JSON part of the frame whose payload is read directly, or null. */
  private ByteBuffer head;

  private ByteBuffer room;

  /** Provides buffers for large payloads. */
  interface Rooms {
    /**
     * @param header only its length has been checked
     * @return a buffer of exactly the payload's length, or null
     */
    ByteBuffer of(FrameHeader header, int payloadLength);
  }

  Inbox(ScatteringByteChannel channel, Rooms rooms) {
    this.channel = channel;
    this.rooms = rooms;
  }

  void frameBytesMax(int bytes) {
    frames.frameBytesMax(bytes);
  }

  int frameBytesMax() {
    return frames.frameBytesMax();
  }

  /**
   * Reads once.
   *
   * @return false at the end of the stream
   */
  boolean fill() throws IOException {
    room = head == null ? null : room;
    return frames.fill(source);
  }

  private int read(ByteBuffer in) throws IOException {
    return room == null
        ? channel.read(in)
        : Math.toIntExact(channel.read(new ByteBuffer[] {room, in}));
  }

  /**
   * Returns the next whole frame, valid until the next fill, or null. It does not contain a payload
   * that {@link #payload} returns separately.
   */
  ByteBuffer next() throws MalformedFrameException {
    if (head != null) {
      return nextInRoom();
    }
    room = null;
    ByteBuffer whole = frames.next();
    if (whole == null && frames.missing() >= ROOM_MIN) {
      findRoom();
    }
    return whole;
  }

  /** The payload of the last frame. Its JSON part must have been read already. */
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

  /** Finds a buffer for the rest of the current frame, if a receiver has one. */
  private void findRoom() {
    ByteBuffer begun = frames.rest();
    int size = begun.remaining() + frames.missing();
    if (begun.remaining() < FrameHeader.BYTES) {
      return;
    }
    FrameHeader header = FrameHeader.read(begun);
    if (header.jsonLength() < 0 || header.jsonLength() > begun.remaining()) {
      return;
    }
    int headLength = FrameHeader.BYTES + header.jsonLength();
    room = rooms.of(header, size - headLength);
    if (room != null) {
      head = ByteBuffer.allocate(headLength).put(frames.take(headLength)).flip();
      room.put(frames.take(frames.rest().remaining()));
    }
  }
}
