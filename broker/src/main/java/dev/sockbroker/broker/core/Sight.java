package dev.sockbroker.broker.core;

/** How much of a socket a session sees (rule 52). */
enum Sight {
  /** The socket seems not to exist. */
  NOTHING,

  /** The socket, but not who holds it: the session may join it by name. */
  SOCKET,

  /** Descriptors, tokens and the registration as well. */
  HOLDERS;

  static Sight of(OwnedSocket socket, Session viewer) {
    SocketName name = socket.name();
    long uid = viewer.identity().uid();
    if (viewer.isAdministrator()
        || socket.users().contains(uid)
        || name != null && name.ownerUid() == uid) {
      return HOLDERS;
    }
    return name == null || name.rightsFor(viewer).isEmpty() ? NOTHING : SOCKET;
  }
}
