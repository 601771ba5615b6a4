package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.recording.Events;
import dev.sockbroker.broker.state.Origin;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/** Handles duplication: a token for one target, which can be redeemed once (rules 2-11). */
final class TokenHandler {
  private final SocketTable sockets;
  private final TokenTable tokens;
  private final LongFunction<Session> sessions;
  private final Environment environment;
  private final Authority authority;

  /**
   * @param sessions returns the session with an id, or null
   */
  TokenHandler(
      Environment environment,
      SocketTable sockets,
      TokenTable tokens,
      LongFunction<Session> sessions,
      Authority authority) {
    this.environment = environment;
    this.authority = authority;
    this.sockets = sockets;
    this.tokens = tokens;
    this.sessions = sessions;
  }

  void onDuplicate(Call call, Request.Duplicate duplicate) {
    Descriptor source = call.session().descriptor(duplicate.descriptor(), Right.DUPLICATE);
    Set<Right> rights =
        duplicate.rights() == null ? source.rights : EnumSet.copyOf(duplicate.rights());
    if (!source.rights.containsAll(rights)) {
      throw new RefusedException(
          Errno.EPERM,
          "a token cannot have more rights than its descriptor; this descriptor has "
              + source.rights);
    }
    Long expiry = duplicate.expiryMillis();
    long expiryMaxMillis = 1000L * environment.limits().tokenExpirySeconds();
    if (expiry != null && expiry <= 0) {
      throw new RefusedException(Errno.EINVAL, "an expiry must be 1 ms or more");
    } else if (expiry != null && expiry > expiryMaxMillis) {
      throw new RefusedException(
          Errno.EINVAL,
          "a token is valid for at most %d s (serve --limit token-expiry-seconds=NUMBER)"
              .formatted(expiryMaxMillis / 1000));
    }
    Token token = make(source, rights, duplicate);
    if (expiry != null) {
      tokens.expireAfter(token, expiry);
    }
    KernelSocket kernel = source.socket.kernel();
    call.reply(
        new Reply.Duplicated(
            token.text, "t" + token.id, kernel.family(), kernel.type(), kernel.protocol()));
    sockets.happened(Event.What.DUPLICATED, source, "t" + token.id);
  }

  private Token make(Descriptor source, Set<Right> rights, Request.Duplicate to) {
    if (Stream.of(to.pid(), to.session(), to.uid()).filter(it -> it != null).count() != 1) {
      throw new RefusedException(Errno.EINVAL, "a token has one target: a pid, a session or a uid");
    } else if (to.pid() != null) {
      // The process may not have connected yet, so its user is checked when it redeems the token.
      return tokens.forProcess(source, rights, to.pid(), authority.mayShare(source.session, -1));
    } else if (to.session() != null) {
      Session target = sessions.apply(to.session());
      if (target == null) {
        throw new RefusedException(Errno.EINVAL, "there is no session " + to.session());
      }
      return tokens.forSession(
          source, rights, target, authority.mayShare(source.session, target.identity().uid()));
    } else if (to.expiryMillis() == null) {
      throw new RefusedException(Errno.EINVAL, "a token for a user needs an expiry");
    }
    return tokens.forUser(source, rights, to.uid(), authority.mayShare(source.session, to.uid()));
  }

  /**
   * Redeems a token. Checks token, target and limits in this order. Unknown tokens, used tokens and
   * tokens of others give the same error (rules 5-7).
   */
  void onRedeem(Call call, Request.Redeem redeem) {
    Token token = tokens.find(redeem.token());
    if (token == null || !token.target.is(call.session())) {
      throw new RefusedException(
          Errno.EINVAL,
          "the token is unknown, used, expired or meant for another; ask for a new one");
    }
    authority.mayRedeem(call.session(), token);
    Set<Right> rights = authority.limited(call.session(), token.rights);
    SocketTable.checkRoomForDescriptor(call.session());
    Descriptor descriptor = sockets.hold(token.socket, call.session(), rights, Origin.REDEEMED);
    token.redeeming(true);
    call.reply(sockets.opened(descriptor, false), new RedeemDelivery(tokens, token));
    sockets.happened(Event.What.REDEEMED, descriptor, "t" + token.id);
    Events.handOver(
        "token", token.socket.id(), token.maker.identity().pid(), call.session().identity().pid());
  }

  void onRevoke(Call call, Request.RevokeToken revoke) {
    Token token = tokens.find(revoke.token());
    if (token == null && call.session().isAdministrator()) {
      token = tokens.findById(revoke.token());
    }
    if (token == null || token.maker != call.session() && !call.session().isAdministrator()) {
      throw new RefusedException(
          Errno.EINVAL, "the token is unknown, used or another session's; nothing was revoked");
    }
    call.reply(new Reply.Done());
    tokens.end(token, "was revoked");
  }
}
