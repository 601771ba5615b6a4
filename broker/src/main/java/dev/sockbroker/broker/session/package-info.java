/**
 * One client connection on the wire: {@link dev.sockbroker.broker.session.FrameAdapter} turns
 * frames into requests for the core, {@link dev.sockbroker.broker.session.FrameProxy} turns the
 * core's replies and events into frames. It knows the wire and Netty, and nothing of what requests
 * mean.
 */
package dev.sockbroker.broker.session;
