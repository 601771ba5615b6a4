package dev.sockbroker.system.fuzz;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameHeader;
import java.nio.ByteBuffer;

/**
 * One frame of an actor.
 *
 * @param type null for a number that is not a request
 */
record Shot(
    Class<? extends Request> type,
    int number,
    long requestId,
    long descriptor,
    byte[] json,
    byte[] payload) {

  byte[] frame() {
    int length = FrameHeader.LENGTH_MIN + json.length + payload.length;
    ByteBuffer out = ByteBuffer.allocate(FrameHeader.LENGTH_BYTES + length);
    new FrameHeader(length, number, requestId, descriptor, json.length).write(out);
    return out.put(json).put(payload).array();
  }

  /** False for the only request without a reply. */
  boolean isAnswered() {
    return type != Request.SendMore.class;
  }

  @Override
  public String toString() {
    String name = type == null ? "0x" + Integer.toHexString(number) : type.getSimpleName();
    String text = new String(json, java.nio.charset.StandardCharsets.UTF_8);
    return "#%s %s d%s %s +%d bytes"
        .formatted(
            Long.toUnsignedString(requestId),
            name,
            Long.toUnsignedString(descriptor),
            text.length() > 300 ? text.substring(0, 300) + "..." : text,
            payload.length);
  }
}
