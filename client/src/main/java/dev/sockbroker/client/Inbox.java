package dev.sockbroker.client;

import dev.sockbroker.protocol.wire.FrameHeader;
import dev.sockbroker.protocol.wire.FrameReader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;

/**
 * The broker's frames. A large payload that somebody waits for goes to its place without a stop
 * here. For the thread that reads.
 */
final class Inbox {
  private static final int INITIAL_BYTES = 1 << 16;

  /** A payload that misses less than this is not worth a place of its own. */
  private static final int ROOM_MIN = 8192;

  private final FrameReader frames = new FrameReader(INITIAL_BYTES);
  private final ScatteringByteChannel channel;
  private final FrameReader.Source source = this::read;
  private final Rooms rooms;

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
   * @return whether the stream goes on
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
   * The next whole frame, good until the next fill; null if none is there. The payload of one whose
   * {@link #payload} went elsewhere is not in it.
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

  /** The rest of the frame that has begun gets a place of its own if somebody has one. */
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
