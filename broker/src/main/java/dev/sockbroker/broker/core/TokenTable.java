package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedToken;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Right;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
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
  private final Changes changes;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Token> byText = new HashMap<>();
  private long lastToken;

  TokenTable(
      Environment environment,
      SocketTable sockets,
      Watchers watchers,
      Processes processes,
      Changes changes) {
    this.changes = changes;
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
  Token forProcess(Descriptor source, Set<Right> rights, int pid, boolean sameUser) {
    checkRoom(source.session);
    Token[] made = new Token[1];
    Processes.Interest interest =
        processes.watch(pid, source.session, () -> end(made[0], "its target has ended"));
    made[0] = add(source, rights, new Token.Target.OfProcess(pid, interest), sameUser);
    return made[0];
  }

  /** Creates a token for a session. It ends with the session. */
  Token forSession(Descriptor source, Set<Right> rights, Session target, boolean sameUser) {
    checkRoom(source.session);
    Token token = add(source, rights, new Token.Target.OfSession(target), sameUser);
    target.targetedTokens.add(token);
    return token;
  }

  Token forUser(Descriptor source, Set<Right> rights, long uid, boolean sameUser) {
    checkRoom(source.session);
    return add(source, rights, new Token.Target.OfUser(uid), sameUser);
  }

  void expireAfter(Token token, long millis) {
    token.expiry = environment.timers().after(millis, () -> end(token, "its time has passed"));
    token.change().note();
    token.socket.change().note();
  }

  private static void checkRoom(Session session) {
    session.account().check(Resource.TOKENS, 1);
  }

  private Token add(Descriptor source, Set<Right> rights, Token.Target target, boolean sameUser) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    return add(
        new Token(
            ++lastToken,
            text,
            source.session,
            source.socket,
            rights,
            target,
            sameUser,
            this,
            changes));
  }

  private Token add(Token token) {
    byText.put(token.text, token);
    token.socket.tokens.add(token);
    token.maker.account().force(Resource.TOKENS, 1);
    token.socket.users().add(token.maker.identity().uid());
    return token;
  }

  long lastToken() {
    return lastToken;
  }

  /** Saves the tokens in the order in which they were made. */
  List<SavedToken> save(Saving saving) {
    return byText.values().stream()
        .sorted(Comparator.comparingLong(token -> token.id))
        .map(token -> save(token, saving))
        .toList();
  }

  /** Whether a token has not ended. */
  boolean isLive(Token token) {
    return byText.get(token.text) == token;
  }

  SavedToken save(Token token, Saving saving) {
    SavedToken.Target target =
        switch (token.target) {
          case Token.Target.OfProcess it ->
              new SavedToken.OfProcess(processes.save(it.interest(), saving));
          case Token.Target.OfSession it -> new SavedToken.OfSession(it.session().id());
          case Token.Target.OfUser it -> new SavedToken.OfUser(it.uid());
        };
    return new SavedToken(
        token.id,
        token.text,
        saving.idOf(token.maker),
        token.socket.id(),
        token.rights,
        target,
        token.expiry == null ? null : (Long) token.expiry.atNanos(),
        token.redeeming,
        token.sameUser);
  }

  void restore(List<SavedToken> saved, long last, Restoring restoring) {
    lastToken = last;
    for (SavedToken it : saved) {
      Token[] made = new Token[1];
      Token token =
          new Token(
              it.id(),
              it.text(),
              restoring.session(it.maker()),
              restoring.socket(it.socket()),
              it.rights(),
              target(it, () -> end(made[0], "its target has ended"), restoring),
              it.sameUser(),
              this,
              changes);
      made[0] = add(token);
      token.redeeming(it.redeeming());
      if (token.target instanceof Token.Target.OfSession target) {
        target.session().targetedTokens.add(token);
      }
      if (it.expiresNanos() != null) {
        token.expiry =
            environment.timers().at(it.expiresNanos(), () -> end(token, "its time has passed"));
      }
    }
  }

  private Token.Target target(SavedToken saved, Runnable onExit, Restoring restoring) {
    return switch (saved.target()) {
      case SavedToken.OfProcess it -> {
        Processes.Watched process = restoring.process(it.process());
        yield new Token.Target.OfProcess(process.pid(), processes.restore(process, onExit));
      }
      case SavedToken.OfSession it -> new Token.Target.OfSession(restoring.session(it.session()));
      case SavedToken.OfUser it -> new Token.Target.OfUser(it.uid());
    };
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
    token.change().note();
    token.socket.change().note();
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
