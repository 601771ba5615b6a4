package dev.sockbroker.broker.core;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the core's tests, or those of one class, in a separate process with one changed class first
 * on its class path. Each failing test is a line.
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
          PolicyTest.class,
          CountersTest.class,
          HostNameTest.class,
          AcceptAheadTest.class,
          RegistrationTest.class,
          StandbysTest.class,
          StateInCommonTest.class,
          EventObjectsTest.class,
          SlowSessionsTest.class,
          ExportTest.class,
          RingsTest.class);

  private Mutant() {}

  /**
   * @param arguments the number of the model's sequences to play, or the name of a test class
   */
  public static void main(String[] arguments) {
    if (arguments[0].matches("[0-9]+")) {
      playModel(Integer.parseInt(arguments[0]));
      TESTS.forEach(test -> run(selectClass(test)));
    } else {
      run(selectClass(arguments[0]));
    }
    System.exit(0);
  }

  /** Does not shrink the sequence, because any difference is enough. */
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

  private static void run(DiscoverySelector tests) {
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(tests).build(), new Failures());
  }

  private static final class Failures implements TestExecutionListener {
    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (result.getStatus() == Status.FAILED
          && test.getSource().orElse(null) instanceof MethodSource source) {
        System.out.println(source.getJavaClass().getSimpleName() + "." + source.getMethodName());
      }
    }
  }
}
