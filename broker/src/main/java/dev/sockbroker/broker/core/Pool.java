package dev.sockbroker.broker.core;

import java.util.ArrayDeque;
import java.util.function.Function;

/**
 * Objects that were used and wait to be used again, so that moving bytes makes nothing that the
 * garbage collector must take away. Loop thread only.
 */
final class Pool<T> {
  /** A burst may need more; those are not kept. */
  private static final int KEPT = 1024;

  private final Function<Pool<T>, T> maker;
  private final ArrayDeque<T> unused = new ArrayDeque<>();

  /**
   * @param maker of one that knows where to go when it is over
   */
  Pool(Function<Pool<T>, T> maker) {
    this.maker = maker;
  }

  T take() {
    T it = unused.poll();
    return it != null ? it : maker.apply(this);
  }

  /** Nobody else refers to it any more, and it refers to nothing that may go. */
  void giveBack(T it) {
    assert !unused.contains(it) : it + " was given back twice";
    if (unused.size() < KEPT) {
      unused.push(it);
    }
  }
}
