package dev.sockbroker.cli;

import dev.sockbroker.broker.core.Limits;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The components of {@link Limits} as they are typed: {@code session-descriptors}. */
final class LimitNames {
  private LimitNames() {}

  static List<String> all() {
    return Arrays.stream(Limits.class.getRecordComponents()).map(LimitNames::name).toList();
  }

  /**
   * The defaults with some of them changed.
   *
   * @throws IllegalArgumentException for an unknown name, or a number that is too small
   */
  static Limits apply(Map<String, Integer> changes) {
    Map<String, Integer> left = new LinkedHashMap<>(changes);
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : Limits.class.getRecordComponents()) {
      Integer change = left.remove(name(component));
      if (change != null && change < 1) {
        throw new IllegalArgumentException(
            "--limit " + name(component) + "=" + change + " (expected: 1 or more)");
      }
      values.add(change != null ? change : defaultOf(component));
    }
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "--limit " + left.keySet().iterator().next() + " (expected: one of " + all() + ")");
    }
    return make(values.toArray());
  }

  private static String name(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  private static Object defaultOf(RecordComponent component) {
    try {
      return component.getAccessor().invoke(Limits.DEFAULT);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new AssertionError(e);
    }
  }

  private static Limits make(Object[] values) {
    try {
      return (Limits) Limits.class.getDeclaredConstructors()[0].newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException unfit) {
        throw unfit;
      }
      throw new AssertionError(e);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
