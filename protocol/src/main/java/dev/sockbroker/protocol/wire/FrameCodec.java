package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import java.nio.ByteBuffer;

/**
 * Converts messages to frames and back. It keeps buffers between calls, so only one thread may use
 * it.
 */
public final class FrameCodec {
  /** The size of the buffer that is kept for JSON parts; nearly all fit into it. */
  private static final int KEPT = 4096;

  private final JsonBuffer json = new JsonBuffer();
  private final byte[] kept = new byte[KEPT];

  /** Null until something is decoded. */
  private RecentMessages recent;

  public FrameCodec() {}

  /**
   * Encodes the header and the JSON part of a frame. The caller adds the payload and checks that
   * the whole frame is within the other side's {@code frameBytes}.
   *
   * @return a view of this codec's own buffer, valid until the next call
   */
  public ByteBuffer encode(long requestId, Message message, int payloadLength) {
    RecordJson type = RecordJson.of(message.getClass());
    json.reset(FrameHeader.BYTES);
    type.write(message, json);
    int jsonLength = json.length() - FrameHeader.BYTES;
    ByteBuffer out = json.view();
    FrameHeader.write(
        out,
        FrameHeader.LENGTH_MIN + jsonLength + payloadLength,
        MessageTypes.number(message.getClass()),
        requestId,
        type.descriptor(message),
        jsonLength);
    return out.rewind();
  }

  /**
   * Decodes the JSON part of a frame whose header was checked.
   *
   * @param in positioned at the JSON part, all of which is present. Afterwards it is positioned at
   *     the payload, even if the message is invalid.
   * @throws MalformedFrameException if the JSON part is not a JSON object
   * @throws InvalidMessageException if it is a JSON object without meaning, or the type is unknown
   */
  public Message decode(FrameHeader header, ByteBuffer in) throws MalformedFrameException {
    byte[] json = room(header.jsonLength());
    in.get(json, 0, header.jsonLength());
    return decode(header.type(), header.descriptor(), json, header.jsonLength());
  }

  /** Returns a buffer for the JSON part of a frame. Decode it before the next call. */
  public byte[] room(int length) {
    return length <= KEPT ? kept : new byte[length];
  }

  /**
   * Like {@link #decode(FrameHeader, ByteBuffer)}, without an object for the header.
   *
   * @param json begins with the JSON part
   */
  public Message decode(int type, long descriptor, byte[] json, int length)
      throws MalformedFrameException {
    Class<? extends Message> message = MessageTypes.message(type);
    if (message == null) {
      throw new InvalidMessageException(
          Errno.ENOSYS, "message type 0x" + Integer.toHexString(type) + " is unknown");
    }
    if (recent == null) {
      recent = new RecentMessages();
    }
    return recent.read(RecordJson.of(message), json, length, descriptor);
  }

  /**
   * Decodes a whole frame, including its length field, for clients that do not need the header.
   *
   * @param frame positioned at its end afterwards; the bytes that follow belong to the next frame
   */
  public Frame decode(ByteBuffer frame, int frameBytesMax) throws MalformedFrameException {
    int begin = frame.position();
    if (frame.remaining() < FrameHeader.BYTES) {
      throw new MalformedFrameException(frame.remaining() + " bytes are not a frame");
    }
    FrameHeader header = FrameHeader.read(frame);
    header.check(frameBytesMax);
    int end = begin + FrameHeader.LENGTH_BYTES + header.length();
    if (end > frame.limit()) {
      throw new MalformedFrameException(
          "of a frame of "
              + (end - begin)
              + " bytes only "
              + (frame.limit() - begin)
              + " are there");
    }
    int payload = frame.position() + header.jsonLength();
    try {
      Message message = decode(header, frame);
      return new Frame(header.requestId(), message, frame.slice(payload, end - payload));
    } finally {
      frame.position(end);
    }
  }
}
