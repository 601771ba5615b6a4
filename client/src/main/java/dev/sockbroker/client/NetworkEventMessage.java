package dev.sockbroker.client;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;

/**
 * One event of a registration in the message form.
 *
 * @param socket the descriptor that is told: the one that registered, or an accepted one that
 *     started with its listener's registration (contract, rule 34)
 * @param error 0, or an errno
 * @param number of the registration, growing per socket (rule 31)
 */
public record NetworkEventMessage(SharedSocket socket, NetworkEvent event, int error, long number) {

  /** Like {@code READ d42} or {@code CLOSE(ECONNRESET) d42}. */
  @Override
  public String toString() {
    String cause = error == 0 ? "" : "(" + Errno.name(error) + ")";
    return event + cause + " " + socket;
  }
}
