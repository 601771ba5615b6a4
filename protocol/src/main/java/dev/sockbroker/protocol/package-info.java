/**
 * Every message between the broker and its clients.
 *
 * <p>{@link dev.sockbroker.protocol.Request}, {@link dev.sockbroker.protocol.Reply} and {@link
 * dev.sockbroker.protocol.Event} define them all. A component called {@code descriptor} travels in
 * the frame's header. Every other component is a field of the JSON part, under its own name; null,
 * zero and false are left out. {@link dev.sockbroker.protocol.wire} defines the encoding; README.md
 * of this module documents it for other languages.
 */
package dev.sockbroker.protocol;
