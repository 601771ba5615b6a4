package dev.sockbroker.bench;

import java.util.List;

/**
 * Assigns CPUs to processes. The processes form a chain: peer, broker or proxy, worker; or peer and
 * worker. Neighbours never share a CPU, so that all cases consist of the same kind of steps.
 */
final class Pinning {
  static final int PEER = 0;
  static final int SECOND = 1;
  static final int THIRD = 2;

  private final int cpus;

  private Pinning(int cpus) {
    this.cpus = cpus;
  }

  static Pinning of(boolean asked) {
    return new Pinning(asked ? Runtime.getRuntime().availableProcessors() : 0);
  }

  /** Whether processes are pinned. They are not on one CPU, or if pinning was not requested. */
  boolean isOn() {
    return cpus > 1;
  }

  /**
   * The JVM counts only the CPUs that it is pinned to. These options make it behave as if it had
   * all.
   */
  List<String> jvmOptions() {
    return isOn() ? List.of("-XX:ActiveProcessorCount=" + cpus) : List.of();
  }

  /** The command that runs a program at a place in the chain. */
  List<String> at(int place) {
    return isOn() ? List.of("taskset", "-c", Integer.toString(place % cpus)) : List.of();
  }
}
