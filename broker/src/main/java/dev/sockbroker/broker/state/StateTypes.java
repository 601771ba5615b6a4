package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** The types of classes, each made once. Any thread. */
final class StateTypes extends ClassValue<StateType> {
  private static final StateTypes ALL = new StateTypes();

  /** Returns the type of a class. All but primitive numbers and records in lists may be null. */
  static StateType of(Class<?> type) {
    return ALL.get(type);
  }

  @Override
  protected StateType computeValue(Class<?> type) {
    if (type == long.class || type == int.class || type == boolean.class) {
      return new StateType.Numeric(type);
    }
    return new StateType.Optional(object(type));
  }

  private static StateType object(Class<?> type) {
    if (type == Long.class || type == Integer.class) {
      return new StateType.Numeric(type);
    } else if (type == String.class) {
      return new StateType.Text();
    } else if (type == byte[].class) {
      return new StateType.Bytes();
    } else if (type == ByteBuf.class) {
      return new StateType.Buffer();
    } else if (type == Fd.class) {
      return new StateType.File();
    } else if (type == Request.class) {
      return new StateType.OnTheWire();
    } else if (type.isEnum()) {
      return new StateType.Constant(type.getEnumConstants());
    } else if (type.isRecord()) {
      return new RecordState(type);
    } else if (type.isSealed()) {
      return choice(type);
    }
    throw new AssertionError(type + " cannot be saved");
  }

  private static StateType choice(Class<?> type) {
    List<StateType> types = new ArrayList<>();
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      types.add(object(permitted));
    }
    return new StateType.Choice(List.of(type.getPermittedSubclasses()), types);
  }
}
