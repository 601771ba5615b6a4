package dev.sockbroker.protocol;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;

/**
 * Whether who listens at the broker's path is to be trusted with this process's sockets. Anybody
 * can make a directory in /tmp and listen there.
 *
 * <p>The one who listens must be this process's own user, root, or the owner of the directory; and
 * nobody but them must have been able to put the socket there: the directory is writable by its
 * owner alone, and another user's directory lies in directories where only he and root could make
 * it. The same holds for symbolic links that the path leads through: whoever makes one in /tmp
 * chooses the directory. The user alone would not do, since a broker that runs as root or as this
 * user listens wherever its clients ask it to.
 */
public final class BrokerPeer {
  private static final long ROOT = 0;
  private static final int WRITABLE_BY_OTHERS = 0022;

  private final Path socket;
  private final Path directory;
  private final long owner;
  private final long self;
  private final SafePlace place;

  private BrokerPeer(Path socket, long self) throws IOException {
    this.socket = socket;
    this.directory = socket.toRealPath().getParent();
    this.owner = uid(directory);
    this.self = self;
    this.place = new SafePlace(self, owner);
  }

  /**
   * Asks the kernel who is at the other end of a connection.
   *
   * @param socket the path that was connected to
   * @throws UntrustedBrokerException if that is nobody to be trusted; its message says why
   */
  public static void check(Path socket, SocketChannel connected) throws IOException {
    check(socket, connected.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
  }

  /** The same for a peer whose user the caller has asked for. */
  public static void check(Path socket, int uid) throws IOException {
    check(socket, user(socket, uid));
  }

  private static void check(Path socket, UserPrincipal peer) throws IOException {
    BrokerPeer it = new BrokerPeer(socket, SocketPaths.effectiveUid());
    for (Path link : SymbolicLinks.on(socket)) {
      if (it.place.unsafeAbove(link) != null) {
        throw it.unsafe(peer, "symbolic link", link);
      }
    }
    it.check(peer);
  }

  private void check(UserPrincipal peer) throws IOException {
    if ((mode(directory) & WRITABLE_BY_OTHERS) != 0) {
      throw refusal(peer, "other users can write to " + directory);
    } else if (isOthers(owner) && place.unsafeAbove(directory) != null) {
      throw unsafe(peer, "directory", directory);
    } else if (!isTrusted(peer)) {
      throw refusal(
          peer,
          "that is neither this user, nor root, nor the owner of %s (%s)"
              .formatted(directory, Files.getOwner(directory).getName()));
    }
  }

  private boolean isTrusted(UserPrincipal peer) throws IOException {
    return peer.equals(Files.getOwner(directory))
        || peer.equals(user(socket, ROOT))
        || peer.equals(user(socket, self));
  }

  private boolean isOthers(long uid) {
    return uid != self && uid != ROOT;
  }

  private UntrustedBrokerException unsafe(UserPrincipal peer, String kind, Path file)
      throws IOException {
    String user = Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
    return refusal(
        peer,
        "any user could have made the %s %s, which belongs to %s".formatted(kind, file, user));
  }

  private UntrustedBrokerException refusal(UserPrincipal peer, String why) {
    return new UntrustedBrokerException(
        "what listens at %s as user %s is not trusted: %s; to use another broker: %s=PATH"
            .formatted(socket, peer.getName(), why, SocketPaths.VARIABLE));
  }

  /** By its number, which the lookup takes too. */
  private static UserPrincipal user(Path any, long uid) throws IOException {
    return any.getFileSystem()
        .getUserPrincipalLookupService()
        .lookupPrincipalByName(Integer.toString((int) uid));
  }

  private static long uid(Path path) throws IOException {
    Object uid = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    return Integer.toUnsignedLong((Integer) uid);
  }

  private static int mode(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }
}
