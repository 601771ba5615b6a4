package dev.sockbroker.system.fuzz;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.fuzz.Shared.Kind;
import java.util.StringJoiner;

/**
 * Ids and names: of the session itself, of others, of things that have ended, and of things that
 * never existed.
 */
final class Ids {
  private final Dice dice;
  private final Json json;
  private final Known known;

  Ids(Dice dice, Json json, Known known) {
    this.dice = dice;
    this.json = json;
    this.known = known;
  }

  /** The descriptor in a frame's header. */
  long descriptor() {
    long others = shared(Kind.DESCRIPTOR, 0L);
    long odd = dice.of(0L, -1L, Long.MAX_VALUE, 1L << 53);
    long own = dice.recent(known.descriptors(), 0L);
    return switch (dice.below(30)) {
      case 0 -> others;
      case 1 -> odd;
      default -> own;
    };
  }

  boolean knows(String field) {
    return switch (field) {
      case "object", "objects", "token", "pid", "session", "uid", "request", "name", "id", "key" ->
          true;
      case "afterSocket", "afterDescriptor", "socket" -> true;
      default -> false;
    };
  }

  String value(Class<? extends Request> type, String field) {
    return switch (field) {
      case "object" -> "" + object();
      case "objects" -> objects();
      case "token" -> json.quote("" + sharedOr(Kind.TOKEN, json.text()));
      case "key" -> json.quote("" + sharedOr(Kind.KEY, json.text()));
      case "pid" -> "" + sharedOr(Kind.PID, dice.of(0, -1, 4_000_000));
      case "session" -> "" + session();
      case "uid" -> dice.of("0", "1000", "65534", "4294967295", "-1");
      case "request" -> "" + dice.below(5000);
      case "name" -> json.quote(name());
      case "id" -> json.quote(dice.of("s", "d") + shared(Kind.SOCKET, 1L));
      default -> "" + shared(Kind.SOCKET, 1L);
    };
  }

  private long object() {
    long others = shared(Kind.OBJECT, 0L);
    long own = dice.recent(known.objects(), 0L);
    return dice.oneIn(20) ? others : own;
  }

  private String objects() {
    StringJoiner out = new StringJoiner(",", "[", "]");
    for (int i = dice.oneIn(20) ? 300 : dice.below(5); i > 0; i--) {
      out.add("" + object());
    }
    return out.toString();
  }

  private long session() {
    long own = known.session();
    long drawn = (Long) sharedOr(Kind.SESSION, own);
    return known.shared().isSpared(drawn) ? own : drawn;
  }

  private String name() {
    return dice.oneIn(10) ? json.text() : "name " + dice.below(8);
  }

  private long shared(Kind kind, long other) {
    long id = (Long) sharedOr(kind, other);
    return known.shared().isSpared(id) ? 0 : id;
  }

  private Object sharedOr(Kind kind, Object other) {
    return dice.recent(known.shared().of(kind), other);
  }
}
