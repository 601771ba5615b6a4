package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.NetworkEvent;
import java.util.List;
import java.util.Set;

/**
 * The registration of a descriptor.
 *
 * @param object the event object, 0 in the message form
 * @param standby whether it stands by when it is replaced
 * @param first its first number, before it was promoted
 * @param knownNumber the last number that the registrant was told
 * @param happened reported and not told yet, or the record
 */
public record SavedRegistration(
    long descriptor,
    Set<NetworkEvent> events,
    long object,
    boolean standby,
    int first,
    int number,
    int knownNumber,
    Set<NetworkEvent> enabled,
    List<Happened> happened) {

  /** An event that has happened, with its errno or 0. */
  public record Happened(NetworkEvent event, int error) {}
}
