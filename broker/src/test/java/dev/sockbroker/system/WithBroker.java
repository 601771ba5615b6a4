package dev.sockbroker.system;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * All tests of the class share one broker, in the class's static field of type {@link
 * BrokerProcess}. It starts before the class's own {@code @BeforeAll} methods, and ends after its
 * {@code @AfterAll} methods.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BrokerExtension.class)
@interface WithBroker {
  /** Options of {@code serve}, in addition to {@code --socket}. */
  String[] value() default {};
}
