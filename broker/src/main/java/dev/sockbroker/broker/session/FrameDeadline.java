package dev.sockbroker.broker.session;

import java.util.concurrent.TimeUnit;

/**
 * The time limit for a client that owes hello or the rest of a frame. Each check looks for a
 * complete frame since the last check. Loop thread only.
 */
final class FrameDeadline {
  static final int PATIENCE_SECONDS = 10;

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);

  private long frames;
  private long framesBefore;
  private long atNanos;
  private boolean set;

  void onFrame() {
    frames++;
  }

  boolean isSet() {
    return set;
  }

  /** Sets the next check. Returns how long until then, in nanoseconds. */
  long begin(long nowNanos) {
    return begin(nowNanos, nowNanos + PATIENCE_NANOS);
  }

  /** Continues a check that another broker has set, at the saved time. */
  long begin(long nowNanos, long saved) {
    set = true;
    framesBefore = frames;
    atNanos = saved;
    return Math.max(0, saved - nowNanos);
  }

  /** Ends the check. Returns whether no frame has come since it was set. */
  boolean end() {
    set = false;
    return frames == framesBefore;
  }

  /**
   * When the next broker must check, or null. That broker does not know which frames have arrived,
   * so a frame postpones the check.
   */
  Long save() {
    if (!set) {
      return null;
    }
    return frames == framesBefore ? atNanos : atNanos + PATIENCE_NANOS;
  }
}
