package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.EnumSet;
import java.util.Set;

/**
 * A socket's name: its owner, the rights for those who join, and how long the socket outlives its
 * last descriptor (rules 18 and 19).
 *
 * @param retainMillis {@link Request#FOREVER} for no limit
 */
record SocketName(
    String text, long ownerUid, Set<Right> joinRights, Set<Right> otherRights, long retainMillis) {

  SavedSocket.Name save() {
    return new SavedSocket.Name(text, ownerUid, joinRights, otherRights, retainMillis);
  }

  static SocketName restore(SavedSocket.Name saved) {
    return new SocketName(
        saved.text(),
        saved.ownerUid(),
        saved.joinRights(),
        saved.otherRights(),
        saved.retainMillis());
  }

  /** Returns the rights that a joining session gets. Empty if it may not join. */
  Set<Right> rightsFor(Session session) {
    if (session.isAdministrator()) {
      return EnumSet.allOf(Right.class);
    }
    return session.identity().uid() == ownerUid ? joinRights : otherRights;
  }

  static SocketName of(
      Session owner, String text, long retainMillis, Set<Right> join, Set<Right> others) {
    check(text);
    if (retainMillis < Request.FOREVER) {
      throw new RefusedException(
          Errno.EINVAL, "a retention is a time in milliseconds, or -1 for no limit");
    }
    return new SocketName(
        text,
        owner.identity().uid(),
        join != null ? join : EnumSet.allOf(Right.class),
        others != null ? others : EnumSet.noneOf(Right.class),
        retainMillis);
  }

  /**
   * Returns a copy with the former owner, who keeps the name when an administrator changes its
   * rights.
   */
  SocketName keepingOwner(SocketName former) {
    return former == null || !former.text().equals(text)
        ? this
        : new SocketName(text, former.ownerUid(), joinRights, otherRights, retainMillis);
  }

  /** Checks a name. It must not look like an id, so that users can enter either. */
  private static void check(String text) {
    if (text.isEmpty() || text.length() > 255 || text.chars().anyMatch(Character::isISOControl)) {
      throw new RefusedException(
          Errno.EINVAL, "a name has 1 to 255 characters and no control characters");
    }
    if (text.matches("[sdte][0-9]+")) {
      throw new RefusedException(
          Errno.EINVAL, "'" + text + "' looks like an id; choose another name");
    }
  }
}
