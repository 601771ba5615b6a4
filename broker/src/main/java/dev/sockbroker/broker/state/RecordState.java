package dev.sockbroker.broker.state;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.List;

/** A record: its components in their order, without names. */
final class RecordState implements StateType {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private final Component[] components;
  private final MethodHandle constructor;

  /**
   * @param number reads a primitive component without making an object of it; null for others
   */
  private record Component(
      StateType type, MethodHandle accessor, MethodHandle number, int since, Object absent) {

    void write(Object value, StateWriter out) throws Throwable {
      if (number != null) {
        out.number((long) number.invokeExact(value));
      } else {
        type.write((Object) accessor.invokeExact(value), out);
      }
    }
  }

  RecordState(Class<?> type) {
    RecordComponent[] declared = type.getRecordComponents();
    components = new Component[declared.length];
    Class<?>[] parameters = new Class<?>[declared.length];
    try {
      for (int i = 0; i < declared.length; i++) {
        components[i] = component(declared[i]);
        parameters[i] = declared[i].getType();
      }
      constructor =
          LOOKUP
              .findConstructor(type, MethodType.methodType(void.class, parameters))
              .asSpreader(Object[].class, declared.length)
              .asType(MethodType.methodType(Object.class, Object[].class));
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(type + " cannot be saved", e);
    }
  }

  private static Component component(RecordComponent declared) throws IllegalAccessException {
    Since since = declared.getAnnotation(Since.class);
    MethodHandle accessor = LOOKUP.unreflect(declared.getAccessor());
    return new Component(
        StateType.of(declared.getGenericType()),
        accessor.asType(MethodType.methodType(Object.class, Object.class)),
        declared.getType().isPrimitive()
            ? MethodHandles.explicitCastArguments(
                accessor, MethodType.methodType(long.class, Object.class))
            : null,
        since == null ? StateFormat.OLDEST : since.value(),
        absent(declared.getType()));
  }

  /** An empty list, or the element of a new array: 0, false or null. */
  private static Object absent(Class<?> type) {
    return type == List.class ? List.of() : Array.get(Array.newInstance(type, 1), 0);
  }

  @Override
  public void write(Object value, StateWriter out) {
    try {
      for (Component it : components) {
        it.write(value, out);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public Object read(StateReader in) {
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      Component it = components[i];
      values[i] = it.since > in.version() ? it.absent : it.type.read(in);
    }
    try {
      return (Object) constructor.invokeExact(values);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
