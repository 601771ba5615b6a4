package dev.sockbroker.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sockbroker.protocol.InvalidMessageException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** The value types of message components, and how to write them as JSON. */
sealed interface JsonType {
  void write(Object value, JsonGenerator out);

  /**
   * Reads the value at the parser's current token.
   *
   * @param field its name, for errors
   */
  Object read(JsonParser in, String field);

  static JsonType of(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == Set.class) {
        return new EnumSetType(constants(arguments[0]));
      } else if (generic.getRawType() == List.class) {
        return new ListType(of(arguments[0]));
      } else if (generic.getRawType() == Map.class) {
        return new MapType();
      }
    } else if (type instanceof Class<?> plain) {
      if (plain == int.class || plain == Integer.class) {
        return new NumberType(true);
      } else if (plain == long.class || plain == Long.class) {
        return new NumberType(false);
      } else if (plain == boolean.class) {
        return new BooleanType();
      } else if (plain == String.class) {
        return new TextType();
      } else if (plain.isEnum()) {
        return new EnumType(constants(plain));
      } else if (plain.isRecord()) {
        return new RecordType(plain);
      } else if (plain == Object.class) {
        return new AnyType();
      }
    }
    throw new AssertionError("no JSON for " + type);
  }

  /** The value of a component that was left out. */
  static Object absent(Class<?> type) {
    if (type == int.class) {
      return 0;
    } else if (type == long.class) {
      return 0L;
    }
    return type == boolean.class ? false : null;
  }

  private static Map<String, Enum<?>> constants(Type type) {
    Map<String, Enum<?>> constants = new LinkedHashMap<>();
    for (Object constant : ((Class<?>) type).getEnumConstants()) {
      constants.put(((Enum<?>) constant).name(), (Enum<?>) constant);
    }
    return constants;
  }

  private static void expect(boolean holds, String field, String what, JsonParser in) {
    if (!holds) {
      throw wrong(field, what, in);
    }
  }

  private static InvalidMessageException wrong(String field, String what, JsonParser in) {
    return new InvalidMessageException(
        "the field '" + field + "' must be " + what + ", not " + shown(in.getString()));
  }

  /**
   * A client's text in a form that is safe in log lines and on terminals: short and plain ASCII.
   */
  private static String shown(String text) {
    String begin = text.length() > 40 ? text.substring(0, 40) + "..." : text;
    return begin.replaceAll("[^ -~]", "?");
  }

  /**
   * Whether each surrogate is part of a pair. JSON can contain a lone surrogate, such as the escape
   * of D800, and a String can hold it. But it cannot be encoded again, so the next list would fail.
   */
  private static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (text.codePointAt(i) <= Character.MAX_VALUE) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private static String checked(String text, String field) {
    if (!isWellFormed(text)) {
      throw new InvalidMessageException("the field '" + field + "' has an unpaired surrogate");
    }
    return text;
  }

  /** Writes a lone surrogate as a question mark, as Java's own encoders do. */
  private static void writeText(String text, JsonGenerator out) {
    out.writeString(isWellFormed(text) ? text : new String(text.getBytes(UTF_8), UTF_8));
  }

  /** An int or a long. */
  record NumberType(boolean isInt) implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      out.writeNumber(((Number) value).longValue());
    }

    @Override
    public Object read(JsonParser in, String field) {
      expect(in.currentToken() == JsonToken.VALUE_NUMBER_INT, field, "a whole number", in);
      boolean fits =
          switch (in.getNumberType()) {
            case INT -> true;
            case LONG -> !isInt;
            default -> false;
          };
      expect(fits, field, isInt ? "a number of 32 bits" : "a number of 64 bits", in);
      return isInt ? (Object) in.getIntValue() : (Object) in.getLongValue();
    }
  }

  record BooleanType() implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      out.writeBoolean((Boolean) value);
    }

    @Override
    public Object read(JsonParser in, String field) {
      JsonToken token = in.currentToken();
      expect(
          token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE,
          field,
          "true or false",
          in);
      return token == JsonToken.VALUE_TRUE;
    }
  }

  record TextType() implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      writeText((String) value, out);
    }

    @Override
    public Object read(JsonParser in, String field) {
      expect(in.currentToken() == JsonToken.VALUE_STRING, field, "a text", in);
      return checked(in.getString(), field);
    }
  }

  record EnumType(Map<String, Enum<?>> constants) implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      out.writeString(((Enum<?>) value).name());
    }

    @Override
    public Object read(JsonParser in, String field) {
      Enum<?> constant =
          in.currentToken() == JsonToken.VALUE_STRING ? constants.get(in.getString()) : null;
      if (constant == null) {
        // list the constants only now: building the list costs more than reading the rest of a row
        throw wrong(field, "one of " + constants.keySet(), in);
      }
      return constant;
    }
  }

  /** A set of constants, written as an array in the order of declaration. */
  record EnumSetType(Map<String, Enum<?>> constants) implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      Set<?> set = (Set<?>) value;
      out.writeStartArray();
      for (Enum<?> constant : constants.values()) {
        if (set.contains(constant)) {
          out.writeString(constant.name());
        }
      }
      out.writeEndArray();
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Object read(JsonParser in, String field) {
      expect(in.currentToken() == JsonToken.START_ARRAY, field, "an array", in);
      EnumType element = new EnumType(constants);
      EnumSet set = EnumSet.noneOf(constants.values().iterator().next().getDeclaringClass());
      while (in.nextToken() != JsonToken.END_ARRAY) {
        set.add((Enum) element.read(in, field));
      }
      return set;
    }
  }

  record ListType(JsonType element) implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      out.writeStartArray();
      ((Collection<?>) value).forEach(item -> element.write(item, out));
      out.writeEndArray();
    }

    @Override
    public Object read(JsonParser in, String field) {
      expect(in.currentToken() == JsonToken.START_ARRAY, field, "an array", in);
      List<Object> list = new ArrayList<>();
      while (in.nextToken() != JsonToken.END_ARRAY) {
        list.add(element.read(in, field));
      }
      return list;
    }
  }

  record RecordType(Class<?> type) implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      RecordJson.of(type).write(value, out);
    }

    @Override
    public Object read(JsonParser in, String field) {
      expect(in.currentToken() == JsonToken.START_OBJECT, field, "an object", in);
      return RecordJson.of(type).read(in);
    }
  }

  /** An object with any fields, in their order. */
  record MapType() implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      new AnyType().write(value, out);
    }

    @Override
    public Object read(JsonParser in, String field) {
      expect(in.currentToken() == JsonToken.START_OBJECT, field, "an object", in);
      return new AnyType().read(in, field);
    }
  }

  /**
   * Any JSON value except null and fractions, as a Long, Boolean, String, List or Map. A number
   * from 2^63 to 2^64 - 1 is a BigInteger, because the kernel's counters are unsigned.
   */
  record AnyType() implements JsonType {
    @Override
    public void write(Object value, JsonGenerator out) {
      if (value instanceof Long || value instanceof Integer) {
        out.writeNumber(((Number) value).longValue());
      } else if (value instanceof BigInteger number) {
        out.writeNumber(number);
      } else if (value instanceof Boolean bool) {
        out.writeBoolean(bool);
      } else if (value instanceof String text) {
        writeText(text, out);
      } else if (value instanceof Collection<?>) {
        new ListType(this).write(value, out);
      } else if (value instanceof Map<?, ?> map) {
        writeMap(map, out);
      } else {
        throw new InvalidMessageException("JSON has no " + value);
      }
    }

    private void writeMap(Map<?, ?> map, JsonGenerator out) {
      out.writeStartObject();
      map.forEach(
          (name, value) -> {
            out.writeName((String) name);
            write(value, out);
          });
      out.writeEndObject();
    }

    @Override
    public Object read(JsonParser in, String field) {
      return switch (in.currentToken()) {
        case START_OBJECT -> readMap(in);
        case START_ARRAY -> new ListType(this).read(in, field);
        case VALUE_STRING -> checked(in.getString(), field);
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        case VALUE_NUMBER_INT -> readNumber(in, field);
        default -> throw wrong(field, "a whole number", in);
      };
    }

    private static Number readNumber(JsonParser in, String field) {
      if (in.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
        return in.getLongValue();
      }
      BigInteger number = in.getBigIntegerValue();
      expect(number.signum() > 0 && number.bitLength() <= 64, field, "a number of 64 bits", in);
      return number;
    }

    private Map<String, Object> readMap(JsonParser in) {
      Map<String, Object> map = new LinkedHashMap<>();
      for (String name = in.nextName(); name != null; name = in.nextName()) {
        in.nextToken();
        Object value = read(in, shown(name));
        if (map.put(checked(name, shown(name)), value) != null) {
          throw new InvalidMessageException("the field '" + shown(name) + "' is given twice");
        }
      }
      return map;
    }
  }
}
