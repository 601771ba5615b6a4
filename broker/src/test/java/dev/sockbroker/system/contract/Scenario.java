package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Family;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test of one scenario of the contract. It takes a {@link Scene} and runs once in every setting:
 * in each family, and in each form if it registers.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(ScenarioExtension.class)
@Timeout(90)
@interface Scenario {
  /** The id in the contract: {@code RD-01}. */
  String id();

  /** The rules that this scenario proves. */
  int[] rules();

  /** The steps, in the contract's words. */
  String steps();

  /** The expected results, in the contract's words. */
  String expected();

  /** Whether the scenario registers through {@link Holder#reg} and therefore has two forms. */
  boolean registers() default true;

  On on() default On.STREAMS;

  /** The families in which a scenario runs. */
  enum On {
    /** Every kind of stream socket. */
    STREAMS(Family.INET, Family.INET6, Family.UNIX),
    /** TCP or UDP, in both versions. */
    INTERNET(Family.INET, Family.INET6),
    /** Only Unix sockets. */
    UNIX(Family.UNIX),
    /** A single run. */
    ONCE(Family.INET);

    private final List<Family> families;

    On(Family... families) {
      this.families = List.of(families);
    }

    List<Family> families() {
      return families;
    }
  }
}
