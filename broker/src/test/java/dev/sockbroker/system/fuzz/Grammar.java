package dev.sockbroker.system.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.MessageTypes;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/**
 * Random requests, generated from the protocol's records. So a new request or field is used as soon
 * as it exists. Most requests are partly valid, because otherwise nothing after the first check
 * would be tested.
 */
final class Grammar {
  /** All requests of the protocol. */
  static final List<Class<? extends Request>> TYPES =
      Arrays.stream(Request.class.getPermittedSubclasses())
          .<Class<? extends Request>>map(type -> type.asSubclass(Request.class))
          .toList();

  private static final int PAYLOAD_MAX = 1 << 16;

  private final Dice dice;
  private final Json json;
  private final Known known;
  private final Addresses addresses;
  private final Options options;
  private final Ids ids;
  private long lastRequest;

  Grammar(Dice dice, Known known, Addresses addresses, Options options) {
    this.dice = dice;
    this.known = known;
    this.addresses = addresses;
    this.options = options;
    json = new Json(dice);
    ids = new Ids(dice, json, known);
  }

  /** Any request, or a number that is not a request. */
  Shot any() {
    if (dice.oneIn(60)) {
      int number = dice.of(0, 0x7f, 0x3fff, 0x4001, 0x8001, 0xffff);
      return new Shot(null, number, newRequestId(), dice.any(), new byte[0], new byte[0]);
    }
    return of(TYPES.get(dice.below(TYPES.size())));
  }

  /** A request of that type. */
  Shot of(Class<? extends Request> type) {
    long descriptor = 0;
    List<String> fields = new ArrayList<>();
    for (RecordComponent field : type.getRecordComponents()) {
      if (field.getName().equals("descriptor")) {
        descriptor = ids.descriptor();
      } else if (!isLeftOut(field)) {
        fields.add(json.field(field.getName(), value(type, field)));
      }
    }
    return shot(type, descriptor, json.object(fields).getBytes(UTF_8));
  }

  /** A request with exactly these values. */
  Shot exactly(Class<? extends Request> type, long descriptor, String fields) {
    return new Shot(
        type,
        MessageTypes.number(type),
        newRequestId(),
        descriptor,
        fields.getBytes(UTF_8),
        new byte[0]);
  }

  private Shot shot(Class<? extends Request> type, long descriptor, byte[] fields) {
    boolean sends = type == Request.Send.class || type == Request.SendMore.class;
    byte[] payload = sends || dice.oneIn(50) ? payload() : new byte[0];
    long id = newRequestId();
    if (type == Request.SendMore.class) {
      id = dice.recent(known.sends(), id);
    } else if (type == Request.Send.class) {
      known.unfinished(id);
    }
    return new Shot(type, MessageTypes.number(type), id, descriptor, fields, payload);
  }

  private byte[] payload() {
    return dice.bytes(dice.oneIn(10) ? dice.below(PAYLOAD_MAX) : dice.below(200));
  }

  /**
   * Usually from a counter: small ids, or ids with the same low bits, which collide in a hash
   * table.
   */
  private long newRequestId() {
    lastRequest++;
    return dice.oneIn(4) ? lastRequest << 32 : lastRequest;
  }

  private boolean isLeftOut(RecordComponent field) {
    boolean optional = !field.getType().isEnum() && field.getType() != Address.class;
    return dice.oneIn(optional ? 3 : 12);
  }

  private String value(Class<? extends Request> type, RecordComponent field) {
    String name = field.getName();
    if (name.equals("retainMillis") || name.equals("expiryMillis")) {
      return dice.oneIn(12) ? json.wildWithoutNumber() : "" + dice.below(2000);
    } else if (dice.oneIn(25)) {
      return isOfAddress(field) ? json.nested() : json.wild();
    }
    return switch (name) {
      case "options" -> options();
      case "option" -> options.name(dice, json);
      case "value" -> options.value(dice, json);
      case "level" -> "" + (dice.oneIn(2) ? 0 : options.level(dice));
      case "number" -> "" + options.number(dice);
      case "timeoutMillis" -> dice.of("0", "0", "1", "20", "200", "-1", "4000000000", "-2");
      case "length" -> dice.of("0", "1", "100", "65536", "1048576", "2147483647", "-1");
      case "bytes" -> dice.of("4096", "65536", "1048576", "8388608", "4097", "0", "-4096");
      case "position" -> dice.of("0", "1", "4096", "60000", "1048576", "9223372036854775807");
      case "versions" -> dice.oneIn(10) ? "[2,3]" : "[1]";
      case "backlog" -> dice.of("0", "1", "5", "128", "-1", "2147483647");
      case "protocol" -> dice.of("0", "0", "0", "6", "17", "255", "-1", "262");
      default -> ids.knows(name) ? ids.value(type, name) : byKind(field.getGenericType());
    };
  }

  private static boolean isOfAddress(RecordComponent field) {
    return field.getType() == Address.class;
  }

  private String options() {
    StringJoiner out = new StringJoiner(",", "{", "}");
    for (int i = dice.below(4); i > 0; i--) {
      out.add(options.name(dice, json) + ":" + options.value(dice, json));
    }
    return out.toString();
  }

  private String byKind(Type kind) {
    if (kind instanceof ParameterizedType list) {
      return list(list.getActualTypeArguments()[list.getActualTypeArguments().length - 1]);
    } else if (kind instanceof Class<?> word && word.isEnum()) {
      Object[] constants = word.getEnumConstants();
      return json.quote(constants[dice.below(constants.length)].toString());
    } else if (kind == Address.class) {
      return addresses.any(dice, json);
    } else if (kind == boolean.class || kind == Boolean.class) {
      return dice.of("true", "false");
    } else if (kind == String.class) {
      return json.quote(json.text());
    }
    return dice.of("0", "1", "2", "17", "1000", "2147483647", "-1", "9007199254740992");
  }

  private String list(Type element) {
    StringJoiner out = new StringJoiner(",", "[", "]");
    for (int i = dice.oneIn(30) ? 200 : dice.below(7); i > 0; i--) {
      out.add(byKind(element));
    }
    return out.toString();
  }
}
