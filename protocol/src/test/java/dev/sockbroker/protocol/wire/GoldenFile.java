package dev.sockbroker.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Message;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * A frame as text for people and for tests in other languages: the fields of the header, the JSON
 * part, the payload, and the whole frame in hexadecimal.
 */
final class GoldenFile {
  private static final HexFormat HEX = HexFormat.of();

  private GoldenFile() {}

  static long requestId(Message message) {
    return message instanceof Event && !(message instanceof Event.SendReady) ? 0 : 7;
  }

  static byte[] frame(Message message) {
    byte[] payload = Samples.payload(message);
    ByteBuffer head = new FrameCodec().encode(requestId(message), message, payload.length);
    return ByteBuffer.allocate(head.remaining() + payload.length).put(head).put(payload).array();
  }

  static String text(Message message) {
    byte[] frame = frame(message);
    FrameHeader header = FrameHeader.read(ByteBuffer.wrap(frame));
    String json = new String(frame, FrameHeader.BYTES, header.jsonLength(), UTF_8);
    int payload = FrameHeader.BYTES + header.jsonLength();
    return """
    length: %d
    type: 0x%04x %s
    request id: %d
    descriptor: %d
    JSON length: %d
    JSON: %s
    payload:%s
    frame: %s
    """
        .formatted(
            header.length(),
            header.type(),
            message.getClass().getSimpleName(),
            header.requestId(),
            header.descriptor(),
            header.jsonLength(),
            json,
            payload < frame.length ? " " + HEX.formatHex(frame, payload, frame.length) : "",
            HEX.formatHex(frame));
  }

  /** The frame in the text of a golden file. */
  static byte[] frame(String text) {
    String hex = text.lines().filter(line -> line.startsWith("frame: ")).findFirst().orElseThrow();
    return HEX.parseHex(hex.substring("frame: ".length()));
  }
}
