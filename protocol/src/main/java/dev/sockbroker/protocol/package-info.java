/**
 * Every message between the broker and its clients.
 *
 * <p>Three pages hold them all: {@link dev.sockbroker.protocol.Request}, {@link
 * dev.sockbroker.protocol.Reply} and {@link dev.sockbroker.protocol.Event}. A component called
 * {@code descriptor} travels in the frame's header, every other one in its JSON part under the
 * component's name; a null, a zero or a false is left out. How they are written stands in {@link
 * dev.sockbroker.protocol.wire}; README.md of this module says it for other languages.
 */
package dev.sockbroker.protocol;
