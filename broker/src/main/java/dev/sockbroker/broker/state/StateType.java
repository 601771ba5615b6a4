package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How one kind of value is written. Numbers, booleans and enum constants are numbers; a set of
 * constants is a number with one bit for each; texts, buffers and lists begin with their length. A
 * component that may be null begins with 1, or is 0.
 */
interface StateType {
  /** Writes a value that is not null. */
  void write(Object value, StateWriter out);

  Object read(StateReader in);

  static StateType of(Class<?> type) {
    return StateTypes.of(type);
  }

  /** Returns the type of a component of a record. */
  static StateType of(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type element = generic.getActualTypeArguments()[0];
      return generic.getRawType() == Set.class
          ? new Optional(new Constants((Class<?>) element))
          : new Optional(new Elements(element));
    }
    return StateTypes.of((Class<?>) type);
  }

  /** A long, an int or a boolean, or an object of one. */
  record Numeric(Class<?> type) implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      out.number(value instanceof Boolean on ? (on ? 1 : 0) : ((Number) value).longValue());
    }

    @Override
    public Object read(StateReader in) {
      long value = in.number();
      if (type == boolean.class) {
        return value != 0;
      }
      return type == int.class || type == Integer.class ? (Object) (int) value : (Object) value;
    }
  }

  /** A text as UTF-8. */
  record Text() implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      byte[] bytes = ((String) value).getBytes(StandardCharsets.UTF_8);
      out.number(bytes.length);
      out.bytes().writeBytes(bytes);
    }

    @Override
    public Object read(StateReader in) {
      return in.bytes().readString(in.count(), StandardCharsets.UTF_8);
    }
  }

  /** An array of bytes. */
  record Bytes() implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      out.number(((byte[]) value).length);
      out.bytes().writeBytes((byte[]) value);
    }

    @Override
    public Object read(StateReader in) {
      byte[] bytes = new byte[in.count()];
      in.bytes().readBytes(bytes);
      return bytes;
    }
  }

  /** The readable bytes of a buffer. Reading creates a new buffer in direct memory. */
  record Buffer() implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      out.buffer((ByteBuf) value);
    }

    @Override
    public Object read(StateReader in) {
      return in.buffer();
    }
  }

  /** A constant of an enum. */
  record Constant(Object[] constants) implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      out.number(((Enum<?>) value).ordinal());
    }

    @Override
    public Object read(StateReader in) {
      return constants[Math.toIntExact(in.number())];
    }
  }

  /** A set of constants of one enum. */
  record Constants(Class<?> type) implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      long bits = 0;
      for (Object constant : (Set<?>) value) {
        bits |= 1L << ((Enum<?>) constant).ordinal();
      }
      out.number(bits);
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Object read(StateReader in) {
      EnumSet set = EnumSet.noneOf((Class) type);
      long bits = in.number();
      for (Object constant : type.getEnumConstants()) {
        if ((bits & 1L << ((Enum<?>) constant).ordinal()) != 0) {
          set.add(constant);
        }
      }
      return set;
    }
  }

  /** A list. The type of its elements is looked up late, because records may contain themselves. */
  record Elements(Type element) implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      List<?> list = (List<?>) value;
      StateType type = of(element);
      out.number(list.size());
      for (Object it : list) {
        type.write(it, out);
      }
    }

    @Override
    public Object read(StateReader in) {
      StateType type = of(element);
      int count = in.count();
      List<Object> list = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        list.add(type.read(in));
      }
      return list;
    }
  }

  /** A value that may be null. */
  record Optional(StateType type) implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      out.number(value == null ? 0 : 1);
      if (value != null) {
        type.write(value, out);
      }
    }

    @Override
    public Object read(StateReader in) {
      return in.number() == 0 ? null : type.read(in);
    }
  }

  /** One of the records that a sealed interface permits, by its place in the declaration. */
  record Choice(List<Class<?>> permitted, List<StateType> types) implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      int index = permitted.indexOf(value.getClass());
      out.number(index);
      types.get(index).write(value, out);
    }

    @Override
    public Object read(StateReader in) {
      return types.get(Math.toIntExact(in.number())).read(in);
    }
  }

  /** An open file. */
  record File() implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      out.fd((Fd) value);
    }

    @Override
    public Object read(StateReader in) {
      return in.fd();
    }
  }

  /** A request as the wire has it. */
  record OnTheWire() implements StateType {
    @Override
    public void write(Object value, StateWriter out) {
      out.request((Request) value);
    }

    @Override
    public Object read(StateReader in) {
      return in.request();
    }
  }
}
