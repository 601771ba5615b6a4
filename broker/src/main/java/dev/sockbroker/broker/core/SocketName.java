package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.EnumSet;
import java.util.Set;

/**
 * A socket's name: who gave it, what joining gives, how long it outlives its last descriptor (rules
 * 18 and 19).
 *
 * @param retainMillis {@link Request#FOREVER} for ever
 */
record SocketName(
    String text, long ownerUid, Set<Right> joinRights, Set<Right> otherRights, long retainMillis) {

  /** The rights that a joining session gets; none means that it may not join. */
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
          Errno.EINVAL, "a retention is a time in milliseconds, or -1 for ever");
    }
    return new SocketName(
        text,
        owner.identity().uid(),
        join != null ? join : EnumSet.allOf(Right.class),
        others != null ? others : EnumSet.noneOf(Right.class),
        retainMillis);
  }

  /** An administrator who changes what a name gives does not take it from its owner. */
  SocketName keepingOwner(SocketName former) {
    return former == null || !former.text().equals(text)
        ? this
        : new SocketName(text, former.ownerUid(), joinRights, otherRights, retainMillis);
  }

  /** Ids are no names, so that a person can give either. */
  private static void check(String text) {
    if (text.isEmpty() || text.length() > 255 || text.chars().anyMatch(Character::isISOControl)) {
      throw new RefusedException(
          Errno.EINVAL, "a name has 1 to 255 characters and no control characters");
    }
    if (text.matches("[sdte][0-9]+")) {
      throw new RefusedException(Errno.EINVAL, "'" + text + "' is an id; choose another name");
    }
  }
}
