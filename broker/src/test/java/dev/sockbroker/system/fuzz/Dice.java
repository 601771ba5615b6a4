package dev.sockbroker.system.fuzz;

import java.util.List;
import java.util.Random;

/**
 * Random choices from a seed. Every choice draws one number, independent of the number of
 * candidates, so that the broker's answers do not shift later choices.
 */
final class Dice {
  private final Random random;

  Dice(long... seed) {
    long mixed = 0;
    for (long part : seed) {
      mixed = (mixed ^ part) * 0x9e3779b97f4a7c15L + 0x632be59bd9b4e019L;
      mixed ^= mixed >>> 29;
    }
    random = new Random(mixed);
  }

  boolean oneIn(int count) {
    return number() % count == 0;
  }

  /** A number from 0 up to, but not including, the bound. */
  int below(int bound) {
    return number() % bound;
  }

  long any() {
    return random.nextLong();
  }

  @SafeVarargs
  final <T> T of(T... choices) {
    return choices[number() % choices.length];
  }

  /** One of the choices, preferably a recent one, or the other value if there is no choice. */
  <T> T recent(List<T> choices, T other) {
    int back = Math.min(number() % 24, number() % 24);
    return choices.isEmpty() ? other : choices.get(choices.size() - 1 - back % choices.size());
  }

  byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private int number() {
    return random.nextInt() >>> 1;
  }
}
