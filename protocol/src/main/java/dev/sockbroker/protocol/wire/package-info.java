/**
 * The encoding of messages. {@link dev.sockbroker.protocol.wire.FrameHeader} defines the frame,
 * {@link dev.sockbroker.protocol.wire.MessageTypes} numbers the messages, and {@link
 * dev.sockbroker.protocol.wire.RecordJson} maps records to JSON. {@link
 * dev.sockbroker.protocol.wire.FrameCodec} combines them, and {@link
 * dev.sockbroker.protocol.wire.FrameReader} cuts a stream into frames.
 */
package dev.sockbroker.protocol.wire;
