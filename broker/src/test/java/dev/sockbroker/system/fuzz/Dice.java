package dev.sockbroker.system.fuzz;

import java.util.List;
import java.util.Random;

/**
 * Chance from a seed. Every choice draws once, whatever there is to choose from, so that what the
 * broker answers does not shift the choices that follow.
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

  /** From 0 to below that. */
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

  /** One of them, more often one of the last; or that other if there is none. */
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
