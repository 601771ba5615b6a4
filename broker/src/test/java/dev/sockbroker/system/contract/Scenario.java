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
 * each family, and where somebody registers each form.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(ScenarioExtension.class)
@Timeout(90)
@interface Scenario {
  /** As in the contract: {@code RD-01}. */
  String id();

  /** The rules that fail here when they are broken. */
  int[] rules();

  /** The contract's words for what is done. */
  String steps();

  /** The contract's words for what must be seen. */
  String expected();

  /** Whether somebody registers through {@link Holder#reg}, so that there are two forms of it. */
  boolean registers() default true;

  On on() default On.STREAMS;

  /** The families that a scenario is about. */
  enum On {
    /** Every kind of stream socket. */
    STREAMS(Family.INET, Family.INET6, Family.UNIX),
    /** TCP or UDP, in both versions. */
    INTERNET(Family.INET, Family.INET6),
    /** One run says it all. */
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
