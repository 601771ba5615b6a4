package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Message;
import java.nio.ByteBuffer;

/**
 * A decoded frame.
 *
 * @param requestId 0 in an event
 * @param payload the bytes after the JSON part, as a view of the decoded buffer; may be empty
 */
public record Frame(long requestId, Message message, ByteBuffer payload) {}
