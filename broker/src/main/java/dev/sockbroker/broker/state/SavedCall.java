package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Request;

/**
 * A request without a reply.
 *
 * @param descriptor the one in the frame's header, 0 for none
 * @param request as the wire has it, so that it means the same in every version
 */
public record SavedCall(long session, long requestId, long descriptor, Request request) {}
