package dev.sockbroker.protocol;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;

/**
 * Checks whether this process can trust its sockets to the process that listens at the broker's
 * path. Any user can make a directory in /tmp and listen there.
 *
 * <p>The listening process must run as this process's user, root, or the owner of the directory. No
 * other user may have been able to put the socket there. So only its owner may write to the
 * directory, and a directory of another user must lie where only that user and root could have made
 * it. The same holds for symbolic links on the way, because a user who makes a link in /tmp chooses
 * the directory. Checking the user alone is not enough: a broker that runs as root or as this user
 * listens wherever its clients ask it to.
 */
public final class BrokerPeer {
  private static final long ROOT = 0;
  private static final int WRITABLE_BY_OTHERS = 0022;

  /** What decides who can put a socket into a directory, and which directory it is. */
  private static final String ACCESS = "unix:dev,ino,uid,gid,mode";

  private final Path socket;
  private final Path directory;
  private final long owner;
  private final long self;
  private final SafePlace place;

  /** Of the directory when it was checked. */
  private final Map<String, Object> access;

  private BrokerPeer(Path socket, long self) throws IOException {
    this.socket = socket;
    this.directory = socket.toRealPath().getParent();
    this.owner = uid(directory);
    this.self = self;
    this.place = new SafePlace(self, owner);
    this.access = Files.readAttributes(directory, ACCESS);
  }

  /**
   * Asks the kernel which user is at the other end of a connection, and checks it.
   *
   * @param socket the path of the connection
   * @return what was checked, for {@link #checkAgain}
   * @throws UntrustedBrokerException if the peer is not trusted; its message says why
   */
  public static BrokerPeer check(Path socket, SocketChannel connected) throws IOException {
    return check(socket, connected.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
  }

  /**
   * Checks another connection to the same path. As long as the same directory has the same owner
   * and permissions, only users that were trusted in the first check could put a socket there, so
   * one system call suffices instead of some thirty. Any thread may call it.
   */
  public void checkAgain(SocketChannel connected) throws IOException {
    Path named = socket.toAbsolutePath().getParent();
    if (!access.equals(Files.readAttributes(named, ACCESS))) {
      check(socket, connected);
    }
  }

  /** Checks a peer whose user the caller already knows. */
  public static void check(Path socket, int uid) throws IOException {
    check(socket, user(socket, uid));
  }

  private static BrokerPeer check(Path socket, UserPrincipal peer) throws IOException {
    BrokerPeer it = new BrokerPeer(socket, SocketPaths.effectiveUid());
    for (Path link : SymbolicLinks.on(socket)) {
      if (it.place.unsafeAbove(link) != null) {
        throw it.unsafe(peer, "symbolic link", link);
      }
    }
    it.check(peer);
    return it;
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

  /** Uses the number, which the lookup also accepts. */
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
