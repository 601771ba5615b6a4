/**
 * How messages are written: {@link dev.sockbroker.protocol.wire.FrameHeader} draws the frame,
 * {@link dev.sockbroker.protocol.wire.MessageTypes} numbers the messages, {@link
 * dev.sockbroker.protocol.wire.RecordJson} maps a record to JSON, {@link
 * dev.sockbroker.protocol.wire.FrameCodec} puts them together, and {@link
 * dev.sockbroker.protocol.wire.FrameReader} cuts a stream into frames.
 */
package dev.sockbroker.protocol.wire;
