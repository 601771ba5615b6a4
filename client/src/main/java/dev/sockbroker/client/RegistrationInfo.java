package dev.sockbroker.client;

import dev.sockbroker.protocol.NetworkEvent;
import java.util.Set;

/**
 * The registration of a socket, of which there is at most one (contract, rule 28). Immutable.
 *
 * @param number increases with each registration of the socket (rule 31)
 * @param descriptor the registrant's
 * @param session the registrant's
 * @param pid of the registrant, as the broker sees it
 * @param eventObject the id of its event object; 0 in the message form
 */
public record RegistrationInfo(
    long number,
    long descriptor,
    long session,
    int pid,
    long eventObject,
    Set<NetworkEvent> events) {}
