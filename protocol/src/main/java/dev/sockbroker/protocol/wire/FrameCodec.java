package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Turns messages into frames and back. It keeps buffers between calls, so one thread uses it. */
public final class FrameCodec {
  private final JsonBuffer json = new JsonBuffer();
  private byte[] parsed = new byte[1024];

  /**
   * Writes header and JSON part of a frame; the payload follows from wherever it lies.
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
   * @param in stands at the JSON part; afterwards at the payload
   * @throws MalformedFrameException if the JSON part is no JSON object
   * @throws InvalidMessageException if it is one and makes no sense, or the type is unknown; the
   *     frame has been passed over
   */
  public Message decode(FrameHeader header, ByteBuffer in) throws MalformedFrameException {
    int length = header.jsonLength();
    if (parsed.length < length) {
      parsed = new byte[Math.max(length, 2 * parsed.length)];
    }
    in.get(parsed, 0, length);
    Class<? extends Message> type = MessageTypes.message(header.type());
    if (type == null) {
      throw new InvalidMessageException(
          Errno.ENOSYS,
          "message type 0x" + Integer.toHexString(header.type()) + " is not known here");
    }
    Message message = (Message) RecordJson.of(type).read(parsed, length, header.descriptor());
    if (parsed.length > 1 << 16) {
      parsed = Arrays.copyOf(parsed, 1 << 16);
    }
    return message;
  }

  /**
   * Reads a whole frame, its length field included, as a client does that has no use for the
   * header.
   */
  public Frame decode(ByteBuffer frame, int frameBytesMax) throws MalformedFrameException {
    FrameHeader header = FrameHeader.read(frame);
    header.check(frameBytesMax);
    Message message = decode(header, frame);
    return new Frame(header.requestId(), message, frame.slice());
  }
}
