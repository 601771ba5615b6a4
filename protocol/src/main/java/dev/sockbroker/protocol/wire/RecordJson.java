package dev.sockbroker.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Request;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.SerializableString;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.io.SerializedString;
import tools.jackson.core.json.JsonFactory;

/**
 * Maps the components of one record class to the fields of a JSON object. If the record is a
 * message, its component {@code descriptor} travels in the frame's header instead. A null, zero or
 * false is not written, and a missing field reads as null, zero or false. Unknown fields are
 * ignored. A known field that occurs twice is refused, because two readers could disagree on its
 * value.
 *
 * <p>It uses the streaming parser. Databind would add 40 ms to each start of the command line and
 * cost the broker a third of its request rate.
 */
final class RecordJson {
  /**
   * The limit on values, names and brackets in a request. Each new name costs the broker at least a
   * microsecond, during which it serves no other client.
   */
  static final int REQUEST_TOKENS_MAX = 16_384;

  private static final JsonFactory REQUESTS = factory(REQUEST_TOKENS_MAX);
  private static final JsonFactory JSON = factory(Long.MAX_VALUE);
  private static final Map<Class<?>, RecordJson> CACHE = new ConcurrentHashMap<>();

  private final Class<?> type;
  private final Constructor<?> constructor;
  private final Component[] components;
  private final Map<String, Component> byName = new HashMap<>();
  private final Component header;
  private final boolean immutable;

  private static JsonFactory factory(long tokensMax) {
    return JsonFactory.builder()
        // without this, bytes that look like UTF-16 or UTF-32 are read as such; the protocol is
        // UTF-8
        .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(16)
                .maxNumberLength(32)
                .maxTokenCount(tokensMax)
                .build())
        .build();
  }

  /** One component: its position in the constructor, its accessor and its JSON type. */
  private record Component(
      SerializableString name, int index, Method accessor, JsonType json, Object absent) {}

  private RecordJson(Class<?> type) {
    this.type = type;
    RecordComponent[] declared = type.getRecordComponents();
    Class<?>[] parameters = new Class<?>[declared.length];
    components = new Component[declared.length];
    Component descriptor = null;
    for (int i = 0; i < declared.length; i++) {
      RecordComponent it = declared[i];
      parameters[i] = it.getType();
      JsonType json = JsonType.of(it.getGenericType());
      // avoids the access check of each call
      it.getAccessor().setAccessible(true);
      components[i] =
          new Component(
              new SerializedString(it.getName()),
              i,
              it.getAccessor(),
              json,
              JsonType.absent(it.getType()));
      if (it.getName().equals("descriptor") && Message.class.isAssignableFrom(type)) {
        descriptor = components[i];
      } else {
        byName.put(it.getName(), components[i]);
      }
    }
    header = descriptor;
    immutable = Arrays.stream(parameters).allMatch(RecordJson::isImmutable);
    try {
      constructor = type.getDeclaredConstructor(parameters);
      constructor.setAccessible(true);
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isImmutable(Class<?> component) {
    return component.isPrimitive()
        || component.isEnum()
        || component == String.class
        || Number.class.isAssignableFrom(component)
        || component == Boolean.class
        || component.isRecord()
            && Arrays.stream(component.getRecordComponents())
                .allMatch(it -> isImmutable(it.getType()));
  }

  /** Whether one object can be reused for all equal messages. */
  boolean isImmutable() {
    return immutable;
  }

  static RecordJson of(Class<?> type) {
    RecordJson known = CACHE.get(type);
    return known != null ? known : CACHE.computeIfAbsent(type, RecordJson::new);
  }

  /** The value for the frame's header. */
  long descriptor(Object message) {
    return header == null ? 0 : (Long) get(header, message);
  }

  /** Writes the JSON part, or nothing if no field has a value. */
  void write(Object message, JsonBuffer out) {
    if (isEmpty(message)) {
      return;
    }
    try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      write(message, generator);
    }
  }

  void write(Object value, JsonGenerator out) {
    out.writeStartObject();
    for (Component component : components) {
      Object field = component == header ? null : get(component, value);
      if (field != null && !field.equals(component.absent)) {
        out.writeName(component.name);
        component.json.write(field, out);
      }
    }
    out.writeEndObject();
  }

  /** Reads the JSON part of a message. */
  Object read(byte[] json, int length, long descriptor) throws MalformedFrameException {
    Object[] fields = length == 0 ? absent() : fields(json, length);
    if (header != null) {
      fields[header.index] = descriptor;
    }
    return make(fields);
  }

  private Object[] fields(byte[] json, int length) throws MalformedFrameException {
    if (!isUtf8(json, length)) {
      throw new MalformedFrameException("the JSON part of " + name() + " is not UTF-8");
    }
    JsonFactory factory = Request.class.isAssignableFrom(type) ? REQUESTS : JSON;
    try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), json, 0, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedFrameException("the JSON part of " + name() + " is not an object");
      }
      Object[] fields = fields(parser);
      if (parser.nextToken() != null) {
        throw new MalformedFrameException("bytes follow the JSON object of " + name());
      }
      return fields;
    } catch (JacksonException e) {
      throw new MalformedFrameException("the JSON part of " + name() + place(e));
    }
  }

  /**
   * Describes the error's place. Jackson's messages name its classes and settings. Our limits have
   * none.
   */
  private static String place(JacksonException e) {
    return e.getLocation() == null
        ? " is nested too deeply, or has a number of too many digits"
        : " is malformed near its byte " + e.getLocation().getByteOffset();
  }

  /** Jackson accepts overlong forms and lone surrogates, which other readers refuse. */
  private static boolean isUtf8(byte[] text, int length) {
    int ascii = 0;
    while (ascii < length && text[ascii] >= 0) {
      ascii++;
    }
    try {
      if (ascii < length) {
        UTF_8.newDecoder().decode(ByteBuffer.wrap(text, ascii, length - ascii));
      }
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** Reads a nested record. The parser is at the start of its object. */
  Object read(JsonParser parser) {
    return make(fields(parser));
  }

  String name() {
    return type.getSimpleName();
  }

  private Object[] fields(JsonParser parser) {
    Object[] fields = absent();
    long seen = 0;
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      JsonToken token = parser.nextToken();
      Component component = byName.get(name);
      if (component == null) {
        parser.skipChildren();
        continue;
      }
      if ((seen & 1L << component.index) != 0) {
        throw new InvalidMessageException("the field '" + name + "' is given twice");
      }
      seen |= 1L << component.index;
      if (token != JsonToken.VALUE_NULL) {
        fields[component.index] = component.json.read(parser, name);
      }
    }
    return fields;
  }

  private Object[] absent() {
    Object[] fields = new Object[components.length];
    for (Component component : components) {
      fields[component.index] = component.absent;
    }
    return fields;
  }

  private boolean isEmpty(Object message) {
    for (Component component : components) {
      if (component != header) {
        Object field = get(component, message);
        if (field != null && !field.equals(component.absent)) {
          return false;
        }
      }
    }
    return true;
  }

  private Object make(Object[] fields) {
    try {
      return constructor.newInstance(fields);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof InvalidMessageException invalid) {
        throw new InvalidMessageException(invalid.errno(), name() + ": " + invalid.getMessage());
      }
      throw new AssertionError(e);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static Object get(Component component, Object value) {
    try {
      return component.accessor.invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
