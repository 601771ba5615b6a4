package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Right;
import java.util.Set;

/**
 * A token that was not redeemed.
 *
 * @param maker the session that made it, which may have ended
 * @param expiresNanos null if it does not expire
 * @param redeeming whether the reply with its descriptor is on its way
 */
public record SavedToken(
    long id,
    String text,
    long maker,
    long socket,
    Set<Right> rights,
    Target target,
    Long expiresNanos,
    boolean redeeming,
    @Since(5) boolean sameUser) {

  /** Who can redeem it. */
  public sealed interface Target {}

  /**
   * @param process the index in {@link SavedBroker#processes}
   */
  public record OfProcess(int process) implements Target {}

  /** One session. */
  public record OfSession(long session) implements Target {}

  /** Every session of a user. */
  public record OfUser(long uid) implements Target {}
}
