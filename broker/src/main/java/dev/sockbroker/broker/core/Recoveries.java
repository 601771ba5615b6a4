package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Event;

/**
 * What operators are told about crashes: whether the sockets outlive one, and how this process
 * continued for a broker that was killed. Loop thread only.
 */
public final class Recoveries {
  private final Environment environment;
  private final Watchers watchers;
  private int holder;
  private long lastMillis;
  private long lastMicros;
  private int inDoubt;

  Recoveries(Environment environment, Watchers watchers) {
    this.environment = environment;
    this.watchers = watchers;
  }

  /**
   * @param pid the process that keeps the files open if this one is killed
   */
  public void heldBy(int pid) {
    holder = pid;
  }

  /**
   * Says that this process has continued for one that was killed, and tells watchers.
   *
   * @param micros how long it took
   * @param calls how many system calls of the killed one were not in its records
   */
  public void recovered(long micros, int calls) {
    lastMillis = environment.clock().millis();
    lastMicros = micros;
    inDoubt = calls;
    watchers.happened(
        Event.What.RECOVERED, "in %d ms, %d calls in doubt".formatted(micros / 1000, calls));
  }

  int holder() {
    return holder;
  }

  /** When this process continued for a killed one, since 1970; 0 for never. */
  long lastMillis() {
    return lastMillis;
  }

  long lastMicros() {
    return lastMicros;
  }

  int inDoubt() {
    return inDoubt;
  }
}
