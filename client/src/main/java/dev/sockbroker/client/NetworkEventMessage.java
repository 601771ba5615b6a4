package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;

/**
 * One event of a registration in the message form (contract, rules 27 and 35).
 *
 * @param socket the descriptor that registered, or an accepted one that inherited its listener's
 *     registration (rule 34)
 * @param error an errno, or 0 if there was no error
 * @param number of the registration, which increases with each registration of the socket (rule 31)
 */
public record NetworkEventMessage(SharedSocket socket, NetworkEvent event, int error, long number) {

  /**
   * For instance {@code READ d42 tcp 127.0.0.1:8080 -> 127.0.0.1:51234}, or {@code
   * CLOSE(ECONNRESET) d42 ...}.
   */
  @Override
  public String toString() {
    String cause = error == 0 ? "" : "(" + Errno.name(error) + ")";
    return event + cause + " " + socket;
  }
}
