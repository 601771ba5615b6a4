package dev.sockbroker.broker.core;

import java.util.ArrayDeque;
import java.util.function.Function;

/** A pool of reusable objects, so that moving bytes creates no garbage. Loop thread only. */
final class Pool<T> {
  /** The maximum number of objects in the pool. A burst may create more, which are not kept. */
  private static final int KEPT = 1024;

  private final Function<Pool<T>, T> maker;
  private final ArrayDeque<T> unused = new ArrayDeque<>();

  /**
   * @param maker creates an object that returns itself to the given pool
   */
  Pool(Function<Pool<T>, T> maker) {
    this.maker = maker;
  }

  T take() {
    T it = unused.poll();
    return it != null ? it : maker.apply(this);
  }

  /**
   * Returns an object to the pool. There must be no other reference to it, and it must not refer to
   * anything that can be freed.
   */
  void giveBack(T it) {
    assert !unused.contains(it) : it + " was given back twice";
    if (unused.size() < KEPT) {
      unused.push(it);
    }
  }
}
