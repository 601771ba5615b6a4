package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import java.nio.ByteBuffer;

/** Turns messages into frames and back. It keeps buffers between calls, so one thread uses it. */
public final class FrameCodec {
  /** JSON parts up to this size are read into a buffer that is kept; nearly all are. */
  private static final int KEPT = 4096;

  private final JsonBuffer json = new JsonBuffer();
  private final byte[] kept = new byte[KEPT];

  /** Null until something is read. */
  private RecentMessages recent;

  public FrameCodec() {}

  /**
   * Writes header and JSON part of a frame; the payload follows from wherever it lies. Whether the
   * whole is within the other side's {@code frameBytes} is the caller's to see.
   *
   * @return a view of this codec's own buffer, good until the next call
   */
  public ByteBuffer encode(long requestId, Message message, int payloadLength) {
    RecordJson type = RecordJson.of(message.getClass());
    json.reset(FrameHeader.BYTES);
    type.write(message, json);
    int jsonLength = json.length() - FrameHeader.BYTES;
    ByteBuffer out = json.view();
    new FrameHeader(
            FrameHeader.LENGTH_MIN + jsonLength + payloadLength,
            MessageTypes.number(message.getClass()),
            requestId,
            type.descriptor(message),
            jsonLength)
        .write(out);
    return out.rewind();
  }

  /**
   * Reads the JSON part of a frame whose header was checked.
   *
   * @param in stands at the JSON part, all of which is there; afterwards at the payload, also when
   *     the message is invalid
   * @throws MalformedFrameException if the JSON part is no JSON object
   * @throws InvalidMessageException if it is one and makes no sense, or the type is unknown
   */
  public Message decode(FrameHeader header, ByteBuffer in) throws MalformedFrameException {
    byte[] json = room(header.jsonLength());
    in.get(json, 0, header.jsonLength());
    return decode(header.type(), header.descriptor(), json, header.jsonLength());
  }

  /** Where the JSON part of a frame may be put until it is decoded, before the next call. */
  public byte[] room(int length) {
    return length <= KEPT ? kept : new byte[length];
  }

  /**
   * As above, of a header of which no object was made.
   *
   * @param json begins with the JSON part
   */
  public Message decode(int type, long descriptor, byte[] json, int length)
      throws MalformedFrameException {
    Class<? extends Message> message = MessageTypes.message(type);
    if (message == null) {
      throw new InvalidMessageException(
          Errno.ENOSYS, "message type 0x" + Integer.toHexString(type) + " is not known here");
    }
    if (recent == null) {
      recent = new RecentMessages();
    }
    return recent.read(RecordJson.of(message), json, length, descriptor);
  }

  /**
   * Reads a whole frame, its length field included, as a client does that has no use for the
   * header.
   *
   * @param frame afterwards at its end; what follows belongs to the next frame
   */
  public Frame decode(ByteBuffer frame, int frameBytesMax) throws MalformedFrameException {
    int begin = frame.position();
    if (frame.remaining() < FrameHeader.BYTES) {
      throw new MalformedFrameException(frame.remaining() + " bytes are no frame");
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
