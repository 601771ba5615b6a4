package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Right;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** All outstanding tokens. */
final class TokenTable {
  /** 256 bits cannot be guessed, so the time of a lookup reveals nothing useful. */
  private static final int SECRET_BYTES = 32;

  private final Environment environment;
  private final SocketTable sockets;
  private final Watchers watchers;
  private final Processes processes;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Token> byText = new HashMap<>();
  private long lastToken;

  TokenTable(Environment environment, SocketTable sockets, Watchers watchers, Processes processes) {
    this.environment = environment;
    this.sockets = sockets;
    this.watchers = watchers;
    this.processes = processes;
  }

  int count() {
    return byText.size();
  }

  /** Returns a token that can be redeemed, or null. */
  Token find(String text) {
    Token token = byText.get(text);
    return token == null || token.redeeming ? null : token;
  }

  /** Returns a token by its id, such as {@code t7}, or null. */
  Token findById(String id) {
    for (Token token : byText.values()) {
      if (id.equals("t" + token.id)) {
        return token;
      }
    }
    return null;
  }

  /** Creates a token for a process. It ends with the process. */
  Token forProcess(Descriptor source, Set<Right> rights, int pid) {
    checkRoom(source.session);
    Token[] made = new Token[1];
    Processes.Interest interest =
        processes.watch(pid, source.session.account(), () -> end(made[0], "its target has ended"));
    made[0] = add(source, rights, new Token.Target.OfProcess(pid, interest));
    return made[0];
  }

  /** Creates a token for a session. It ends with the session. */
  Token forSession(Descriptor source, Set<Right> rights, Session target) {
    checkRoom(source.session);
    Token token = add(source, rights, new Token.Target.OfSession(target));
    target.targetedTokens.add(token);
    return token;
  }

  Token forUser(Descriptor source, Set<Right> rights, long uid) {
    checkRoom(source.session);
    return add(source, rights, new Token.Target.OfUser(uid));
  }

  void expireAfter(Token token, long millis) {
    token.expiry = environment.timers().after(millis, () -> end(token, "its time has passed"));
  }

  private static void checkRoom(Session session) {
    session.account().check(Resource.TOKENS, 1);
  }

  private Token add(Descriptor source, Set<Right> rights, Token.Target target) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    Token token = new Token(++lastToken, text, source.session, source.socket, rights, target);
    byText.put(text, token);
    source.socket.tokens.add(token);
    source.session.account().force(Resource.TOKENS, 1);
    source.socket.users().add(source.session.identity().uid());
    return token;
  }

  /**
   * Ends a token, redeemed or not, and perhaps also its socket (rule 9). Does nothing if the token
   * has already ended.
   *
   * @param why the reason, null if it was redeemed
   */
  void end(Token token, String why) {
    if (byText.remove(token.text) == null) {
      return;
    }
    token.maker.account().release(Resource.TOKENS, 1);
    token.target.end(token);
    if (token.expiry != null) {
      token.expiry.cancel();
    }
    token.socket.tokens.remove(token);
    token.socket.users().remove(token.maker.identity().uid());
    if (why != null) {
      watchers.happened(
          Event.What.TOKEN_ENDED, token.socket, 0, token.maker, "t" + token.id + " " + why);
    }
    sockets.keepOrClose(token.socket);
  }
}
