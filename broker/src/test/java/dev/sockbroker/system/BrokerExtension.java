package dev.sockbroker.system;

import java.lang.reflect.Field;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Starts and ends the broker of a class with {@link WithBroker}. */
final class BrokerExtension implements BeforeAllCallback, AfterAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) throws IllegalAccessException {
    Class<?> test = context.getRequiredTestClass();
    Field field = field(test);
    field.set(null, BrokerProcess.start(test.getAnnotation(WithBroker.class).value()));
  }

  /** Not called if no broker could be started. */
  @Override
  public void afterAll(ExtensionContext context) throws IllegalAccessException {
    BrokerProcess broker = (BrokerProcess) field(context.getRequiredTestClass()).get(null);
    if (broker != null) {
      broker.close();
    }
  }

  private static Field field(Class<?> test) {
    Field field =
        ReflectionSupport.findFields(
                test, it -> it.getType() == BrokerProcess.class, HierarchyTraversalMode.TOP_DOWN)
            .stream()
            .findFirst()
            .orElseThrow(() -> new AssertionError(test + " has no field of type BrokerProcess"));
    field.setAccessible(true);
    return field;
  }
}
