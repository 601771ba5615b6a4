package dev.sockbroker.broker.core;

/** How much a session sees of a socket (rule 52). */
enum Sight {
  /** The socket seems not to exist. */
  NOTHING,

  /** Only the socket, not its holders, because the session may join it by name. */
  SOCKET,

  /** The socket with its descriptors, tokens and registration. */
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
