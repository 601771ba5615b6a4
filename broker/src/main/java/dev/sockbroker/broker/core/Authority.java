package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.kernel.UnixPathLength;
import dev.sockbroker.broker.policy.Action;
import dev.sockbroker.broker.policy.Decision;
import dev.sockbroker.broker.policy.Endpoint;
import dev.sockbroker.broker.policy.Key;
import dev.sockbroker.broker.policy.Permissions;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.policy.Share;
import dev.sockbroker.broker.policy.Transport;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.util.List;
import java.util.Set;

/**
 * Asks the policy before something begins (rules 75 to 79), and has the answer recorded. Without a
 * policy everything is allowed. Loop thread only.
 */
final class Authority {
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_MPTCP = 262;

  /** No option has a longer name. A client could send anything. */
  private static final int NAME_MAX = 64;

  private final Environment environment;
  private final AuditTrail audit;

  Authority(Environment environment, AuditTrail audit) {
    this.environment = environment;
    this.audit = audit;
  }

  private Policy policy() {
    return environment.terms().policy();
  }

  Permissions of(Session session) {
    return session.permissions(policy());
  }

  /** Whether nobody has to be asked, which is the usual case and must cost nothing. */
  private boolean isFree(Session session) {
    return of(session).isUnrestricted() && !audit.recordsGrants();
  }

  private void check(Session session, Action action) {
    Decision decision = of(session).decide(action);
    if (!decision.isAllowed() || audit.recordsGrants()) {
      audit.decided(session, action, decision);
    }
    if (!decision.isAllowed()) {
      throw RefusedException.byPolicy(decision.reason());
    }
  }

  private boolean allows(Session session, Action action) {
    return of(session).decide(action).isAllowed();
  }

  /** A socket that nothing allows to use is not even opened. */
  void mayOpen(Session session, Family family, SocketType type, int protocol) {
    if (of(session).isUnrestricted()) {
      return;
    }
    Transport transport = transport(family, type, protocol);
    if (transport == null || !of(session).mayHave(transport)) {
      String what = transport == null ? "sockets of protocol " + protocol : transport + " sockets";
      throw new RefusedException(
          Errno.EACCES, "no rule for uid " + session.identity().uid() + " allows any " + what);
    }
  }

  /** Returns null for a protocol that rules cannot name. */
  private static Transport transport(Family family, SocketType type, int protocol) {
    if (family == Family.UNIX) {
      return Transport.UNIX;
    } else if (type == SocketType.STREAM) {
      boolean isTcp = protocol == 0 || protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;
      return isTcp ? Transport.TCP : null;
    }
    return protocol == 0 || protocol == IPPROTO_UDP ? Transport.UDP : null;
  }

  private static Transport transport(KernelSocket socket) {
    return transport(socket.family(), socket.type(), 0);
  }

  private static void checkLength(Address address) {
    if (address.path() != null) {
      UnixPathLength.check(address.path());
    }
  }

  private Endpoint local(KernelSocket socket, Address address) {
    if (address != null) {
      checkLength(address);
    }
    try {
      return Endpoint.local(
          transport(socket),
          address == null ? unbound(socket.family()) : address,
          policy().ephemeral());
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Errno.EINVAL, e.getMessage());
    }
  }

  /** Where the kernel binds a socket that listens without a bind. */
  private static Address unbound(Family family) {
    return switch (family) {
      case INET -> Address.inet("0.0.0.0", 0);
      case INET6 -> Address.inet("::", 0);
      case UNIX -> Address.unix("");
    };
  }

  private static Endpoint remote(Transport transport, Address address) {
    checkLength(address);
    try {
      return Endpoint.remote(transport, address);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Errno.EINVAL, e.getMessage());
    }
  }

  /** A stream socket may be bound to listen there or only to connect from there. */
  void mayBind(Session session, KernelSocket socket, Address address) {
    if (isFree(session)) {
      return;
    }
    Endpoint at = local(socket, address);
    boolean listens =
        socket.type() == SocketType.STREAM
            && !of(session).isDenied(Action.bind(at))
            && !allows(session, Action.bind(at));
    check(session, listens ? Action.listen(at) : Action.bind(at));
  }

  void mayListen(Session session, KernelSocket socket, Address local) {
    if (!isFree(session)) {
      check(session, Action.listen(local(socket, local)));
    }
  }

  /** Connecting, and sending to an address. */
  void mayConnect(Session session, KernelSocket socket, Address address) {
    mayConnect(session, transport(socket), address);
  }

  /** Connecting a socket that is not open yet. {@link #mayOpen} was asked before. */
  void mayConnect(Session session, SocketType type, Address address) {
    mayConnect(session, transport(null, type, 0), address);
  }

  private void mayConnect(Session session, Transport transport, Address address) {
    if (!isFree(session)) {
      check(session, Action.connect(remote(transport, address)));
    }
  }

  /**
   * Asks again about a host name, now that its addresses are known. A denial of one of them refuses
   * them all, so that a name cannot lead to where its owner should not point (rule 81).
   */
  void mayReach(Session session, SocketType type, Address name, List<Address> addresses) {
    if (of(session).isUnrestricted()) {
      return;
    }
    Transport transport = transport(null, type, 0);
    if (!allows(session, Action.connect(remote(transport, name)))) {
      check(session, Action.connect(remote(transport, name)));
    }
    for (Address it : addresses) {
      Action reach = Action.connect(remote(transport, it));
      if (of(session).isDenied(reach)) {
        check(session, reach);
      }
    }
  }

  /** Checks again that the policy does not deny the address a host name was resolved to. */
  void mayReach(Session session, OwnedSocket socket) {
    Action reached = Held.reached(socket);
    if (reached != null && of(session).isDenied(reached)) {
      check(session, reached);
    }
  }

  /** A name, and how long it keeps the socket, and which users join by it. */
  void mayName(Session session, SocketName name) {
    if (isFree(session)) {
      return;
    }
    check(session, Action.name(name.text()));
    if (name.retainMillis() != 0) {
      check(session, Action.retain(millis(name.retainMillis())));
    }
    if (!name.otherRights().isEmpty()) {
      check(session, Action.share(Share.ANY));
    }
  }

  private static long millis(long retainMillis) {
    return retainMillis == Request.FOREVER ? Long.MAX_VALUE : retainMillis;
  }

  void mayAttach(Session session, String name) {
    if (!isFree(session)) {
      check(session, Action.attach(name));
    }
  }

  /**
   * Setting an option by name. No rule is needed to set it to the value that it has: libraries set
   * options to their defaults.
   */
  void maySet(Session session, OwnedSocket socket, String option, Object value) {
    if (of(session).isUnrestricted() || option.length() > NAME_MAX) {
      maySet(session, option);
      return;
    }
    Action action = Action.setOption(option);
    boolean isNeeded =
        allows(session, action)
            || of(session).isDenied(action)
            || !OptionHandler.has(socket, option, value);
    if (isNeeded) {
      check(session, action);
    }
  }

  /**
   * Setting any option.
   *
   * @param option its name, or level and number with a colon between them
   */
  void maySet(Session session, String option) {
    if (isFree(session)) {
      return;
    } else if (option.length() > NAME_MAX) {
      throw new RefusedException(Errno.ENOPROTOOPT, "no option has so long a name");
    } else if (option.indexOf(':') >= 0 && of(session).hasDenial(Key.OPTIONS)) {
      // The same option has a name, which may be denied.
      throw new RefusedException(
          Errno.EACCES, "a denial names options, so options by number are refused as well");
    }
    check(session, Action.setOption(option));
  }

  void mayUse(Session session, PolicyLane lane) {
    if (!of(session).mayUse(lane)) {
      check(session, Action.useLane(lane));
    }
  }

  boolean allowsLane(Session session, PolicyLane lane) {
    return of(session).mayUse(lane);
  }

  /**
   * Whether a client may make tokens at all, and for whom.
   *
   * @param uid the user of the target; -1 if it is not known yet
   * @return whether only the same user may redeem it
   */
  boolean mayShare(Session session, long uid) {
    if (isFree(session)) {
      return false;
    }
    boolean isOthers = uid >= 0 && uid != session.identity().uid();
    check(session, Action.share(isOthers ? Share.ANY : Share.USER));
    return !allows(session, Action.share(Share.ANY));
  }

  /** Returns why the policy would refuse now what a descriptor has; null if it would not. */
  String violation(Descriptor descriptor) {
    String why = violation(descriptor.session, Held.by(descriptor));
    return why == null ? violation(descriptor.session, descriptor.socket) : why;
  }

  /**
   * Returns why the policy would refuse now to open a socket to the session that has opened it;
   * null if it would not.
   */
  String violation(OwnedSocket socket) {
    return violation(socket.maker(), socket);
  }

  /**
   * Returns why the policy would refuse now to open a socket, both to the session that has opened
   * it and to one that has got it from there; null if it would not. Otherwise a socket that is
   * forbidden by now would stay open, because it has changed hands.
   */
  String violation(Session holder, OwnedSocket socket) {
    String why = refusedOpening(socket.maker(), socket);
    boolean isAnswer = why == null || holder == socket.maker();
    return isAnswer || refusedOpening(holder, socket) != null ? why : null;
  }

  private String refusedOpening(Session session, OwnedSocket socket) {
    if (of(session).isUnrestricted()) {
      return null;
    }
    String why = violation(session, Held.ofMaker(socket, policy().ephemeral()));
    return why == null ? deniedPeer(session, socket) : why;
  }

  /** Returns why the policy denies the address a host name was resolved to; null if it does not. */
  private String deniedPeer(Session session, OwnedSocket socket) {
    Action reached = Held.reached(socket);
    return reached != null && of(session).isDenied(reached)
        ? of(session).decide(reached).reason()
        : null;
  }

  private String violation(Session session, List<Action> actions) {
    for (Action it : actions) {
      Decision decision = of(session).decide(it);
      if (!decision.isAllowed()) {
        return decision.reason();
      }
    }
    return null;
  }

  /**
   * A token that leads to another user is refused if the policy by now lets its maker share with
   * its own user only.
   */
  void mayRedeem(Session session, Token token) {
    if (session.isOfUser(token.maker)) {
      return;
    }
    if (token.sameUser || !allows(token.maker, Action.share(Share.ANY))) {
      throw new RefusedException(
          Errno.EACCES,
          "the policy lets uid "
              + token.maker.identity().uid()
              + " make tokens for its own processes only");
    }
  }

  /**
   * Returns those of the rights that a descriptor of the client may have.
   *
   * @throws RefusedException EACCES if it may have none of them
   */
  Set<Right> limited(Session session, Set<Right> rights) {
    Set<Right> limited = of(session).limited(rights);
    if (limited.isEmpty() && !rights.isEmpty()) {
      check(session, Action.haveRight(rights.iterator().next()));
    }
    return limited;
  }
}
