/**
 * One client connection on the wire: {@link dev.sockbroker.broker.session.FrameAdapter} turns
 * frames into requests for the core, {@link dev.sockbroker.broker.session.FrameProxy} turns the
 * core's replies and events into frames. This package knows the wire format, but not the meaning of
 * requests.
 */
package dev.sockbroker.broker.session;
