package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Makes a value of every type of the state, each number another one, so that a component that moves
 * is noticed. New components are filled without a change here.
 */
final class Sample {
  private static final int DEPTH_MAX = 6;

  private int last;
  private int depth;

  /** Returns the same value for the same type each time. */
  static Object of(Class<?> type) {
    return new Sample().make(type);
  }

  private Object make(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type element = generic.getActualTypeArguments()[0];
      return generic.getRawType() == Set.class ? set((Class<?>) element) : list(element);
    }
    Class<?> plain = (Class<?>) type;
    last++;
    if (plain == long.class || plain == Long.class) {
      return last % 5 == 0 ? -(long) last : last * 1_000_000_007L;
    } else if (plain == int.class || plain == Integer.class) {
      return last;
    } else if (plain == boolean.class) {
      return last % 2 == 0;
    } else if (plain == String.class) {
      return "täxt " + last;
    } else if (plain == byte[].class) {
      return new byte[] {(byte) last, 0, -1};
    } else if (plain == ByteBuf.class) {
      return Unpooled.wrappedBuffer(new byte[] {1, 2, (byte) last});
    } else if (plain == Address.class) {
      return Address.inet("127.0.0.1", last);
    } else if (plain == Fd.class) {
      return new Fd(1000 + last);
    } else if (plain == Request.class) {
      return new Request.Receive(last, 100, 50L, true, false);
    } else if (plain.isEnum()) {
      return plain.getEnumConstants()[last % plain.getEnumConstants().length];
    }
    return plain.isSealed() ? choice(plain) : record(plain);
  }

  private Object choice(Class<?> type) {
    return make(type.getPermittedSubclasses()[last % type.getPermittedSubclasses().length]);
  }

  private Object record(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    depth++;
    for (int i = 0; i < values.length; i++) {
      types[i] = components[i].getType();
      values[i] = make(components[i].getGenericType());
    }
    depth--;
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private Object set(Class<?> type) {
    EnumSet set = EnumSet.noneOf((Class) type);
    set.add(type.getEnumConstants()[++last % type.getEnumConstants().length]);
    set.add(type.getEnumConstants()[0]);
    return set;
  }

  private List<Object> list(Type element) {
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < 2 && depth < DEPTH_MAX; i++) {
      list.add(make(element));
    }
    return list;
  }
}
