package dev.sockbroker.broker.core;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The core's tests in a process of their own, whose class path has one changed class in front. Each
 * test that fails is a line.
 */
final class Mutant {
  private static final List<Class<?>> TESTS =
      List.of(
          TimersTest.class,
          WaitingTest.class,
          TokensTest.class,
          NamesTest.class,
          AccountsTest.class,
          VisibilityTest.class,
          LimitsTest.class,
          RegistrationTest.class,
          StandbysTest.class,
          StateInCommonTest.class,
          EventObjectsTest.class,
          SlowSessionsTest.class,
          ExportTest.class,
          RingsTest.class);

  private Mutant() {}

  /**
   * @param arguments how many of the model's sequences to play
   */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    playModel(Integer.parseInt(arguments[0]));
    for (Class<?> test : TESTS) {
      for (Method method : test.getDeclaredMethods()) {
        if (method.isAnnotationPresent(Test.class)) {
          run(test, method);
        }
      }
    }
    System.exit(0);
  }

  /** Without making the sequence shorter: that it differs is enough. */
  private static void playModel(int sequences) {
    for (long seed = 1; seed <= sequences; seed++) {
      if (!isAsTheModel(seed)) {
        System.out.println("ModelTest.shouldDoWhatTheModelDoesOnTheSimulatedKernel");
        return;
      }
    }
  }

  private static boolean isAsTheModel(long seed) {
    try {
      return new ModelDriver(new SimulatedRig()).play(ModelTest.sequence(seed)).isEmpty();
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static void run(Class<?> test, Method method) throws ReflectiveOperationException {
    try {
      method.invoke(test.getDeclaredConstructor().newInstance());
    } catch (InvocationTargetException e) {
      System.out.println(test.getSimpleName() + "." + method.getName());
    }
  }
}
