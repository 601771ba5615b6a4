package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.fail;

import dev.sockbroker.broker.core.ModelStep.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Plays random sequences of all kinds of steps against the model of section 4. {@code
 * -Dmodel.sequences=100000} plays more sequences, and {@code -Dmodel.seed=N} repeats an earlier
 * run. With the seed of a failed sequence, that sequence is played first.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS) // it takes as long as the command line says
class ModelTest {
  private static final int STEPS_MAX = 60;

  /** All kinds of steps, each as often as its weight says. */
  private static final Kind[] KINDS = kinds();

  @Test
  void shouldDoWhatTheModelDoesOnTheSimulatedKernel() {
    check(
        Integer.getInteger("model.sequences", 10_000),
        steps -> new ModelDriver(new SimulatedRig()).play(steps));
  }

  static void check(int sequences, Function<List<ModelStep>, String> play) {
    long first = Long.getLong("model.seed", System.nanoTime());
    for (long seed = first; seed < first + sequences; seed++) {
      List<ModelStep> steps = sequence(seed);
      if (!play.apply(steps).isEmpty()) {
        List<ModelStep> shortest = shrink(steps, it -> !play.apply(it).isEmpty());
        StringBuilder story = new StringBuilder("-Dmodel.seed=" + seed);
        shortest.forEach(step -> story.append("\n  ").append(step));
        fail(story + "\n" + play.apply(shortest));
      }
    }
  }

  private static Kind[] kinds() {
    List<Kind> all = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (int i = 0; i < kind.weight; i++) {
        all.add(kind);
      }
    }
    return all.toArray(Kind[]::new);
  }

  static List<ModelStep> sequence(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("SplittableRandom").create(seed);
    int length = 1 + random.nextInt(STEPS_MAX);
    List<ModelStep> steps = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      // Without a socket there is nothing to do, so most sequences begin with one.
      Kind kind = i < 2 ? KINDS[random.nextInt(4)] : KINDS[random.nextInt(KINDS.length)];
      steps.add(
          new ModelStep(kind, random.nextInt(1024), random.nextInt(1024), random.nextInt(1024)));
    }
    return steps;
  }

  /** Delta debugging: removes smaller and smaller parts, then reduces the numbers. */
  static List<ModelStep> shrink(List<ModelStep> steps, Predicate<List<ModelStep>> fails) {
    List<ModelStep> shortest = new ArrayList<>(steps);
    for (int part = shortest.size() / 2; part > 0; part = part == 1 ? 0 : part / 2) {
      boolean again = true;
      while (again) {
        again = false;
        for (int at = 0; at + part <= shortest.size(); ) {
          List<ModelStep> less = new ArrayList<>(shortest);
          less.subList(at, at + part).clear();
          if (fails.test(less)) {
            shortest = less;
            again = true;
          } else {
            at++;
          }
        }
      }
    }
    for (int i = 0; i < shortest.size(); i++) {
      for (int number = 0; number < 3; number++) {
        shortest = smaller(shortest, i, number, fails);
      }
    }
    return shortest;
  }

  private static List<ModelStep> smaller(
      List<ModelStep> steps, int at, int number, Predicate<List<ModelStep>> fails) {
    for (int value = 0; value < 12; value++) {
      ModelStep it = steps.get(at);
      ModelStep small =
          switch (number) {
            case 0 -> new ModelStep(it.kind(), value, it.b(), it.c());
            case 1 -> new ModelStep(it.kind(), it.a(), value, it.c());
            default -> new ModelStep(it.kind(), it.a(), it.b(), value);
          };
      if (small.equals(it)) {
        return steps;
      }
      List<ModelStep> changed = new ArrayList<>(steps);
      changed.set(at, small);
      if (fails.test(changed)) {
        return changed;
      }
    }
    return steps;
  }
}
