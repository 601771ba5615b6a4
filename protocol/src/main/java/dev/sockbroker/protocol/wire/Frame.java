package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Message;
import java.nio.ByteBuffer;

/**
 * A frame that was read.
 *
 * @param requestId 0 in an event
 * @param payload the raw bytes behind the JSON part, a view of the buffer that was decoded; empty
 *     if there are none
 */
public record Frame(long requestId, Message message, ByteBuffer payload) {}
