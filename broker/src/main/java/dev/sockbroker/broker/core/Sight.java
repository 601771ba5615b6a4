package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.Action;
import dev.sockbroker.broker.policy.Permissions;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.Visibility;

/** How much a session sees of a socket or of another session (rules 52 and 79). */
enum Sight {
  /** The socket seems not to exist. */
  NOTHING,

  /** Only the socket, not its holders, because the session may join it by name. */
  SOCKET,

  /** The socket with its descriptors, tokens and registration. */
  HOLDERS;

  static Sight of(OwnedSocket socket, Session viewer, Policy policy) {
    Permissions permissions = viewer.permissions(policy);
    if (viewer.isAdministrator() || seesHolders(socket, viewer, permissions)) {
      return HOLDERS;
    }
    SocketName name = socket.name();
    boolean joins =
        name != null
            && !name.rightsFor(viewer).isEmpty()
            && permissions.decide(Action.attach(name.text())).isAllowed();
    return joins ? SOCKET : NOTHING;
  }

  private static boolean seesHolders(OwnedSocket socket, Session viewer, Permissions permissions) {
    SocketName name = socket.name();
    long uid = viewer.identity().uid();
    return switch (visibility(permissions)) {
      case OWN -> socket.isHeldBy(viewer);
      case USER -> socket.users().contains(uid) || name != null && name.ownerUid() == uid;
      case ALL -> true;
    };
  }

  /** Without a policy each user sees what is its own. */
  private static Visibility visibility(Permissions permissions) {
    return permissions.isUnrestricted() ? Visibility.USER : permissions.visibility();
  }

  /** Whether a session sees another one. */
  static boolean isOf(Session session, Session viewer, Policy policy) {
    return viewer.isAdministrator()
        || switch (visibility(viewer.permissions(policy))) {
          case OWN -> session == viewer;
          case USER -> viewer.isOfUser(session);
          case ALL -> true;
        };
  }

  /** Whether a session sees everything, which includes the broker's counters. */
  static boolean isOfEverything(Session viewer, Policy policy) {
    return viewer.isAdministrator() || visibility(viewer.permissions(policy)) == Visibility.ALL;
  }

  /** Whether a session sees what the last holder of a socket did that nobody holds any more. */
  static boolean isOfLast(OwnedSocket socket, Session viewer, Policy policy) {
    return visibility(viewer.permissions(policy)) != Visibility.OWN
        && socket.users().wasLast(viewer.identity().uid());
  }
}
