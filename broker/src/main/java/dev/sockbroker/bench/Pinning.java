package dev.sockbroker.bench;

import java.util.List;

/**
 * Which process runs on which CPU. They form a chain: peer, broker or proxy, worker; or peer and
 * worker. Neighbours never share a CPU, so that every case is made of the same kind of steps.
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

  /** Nothing is pinned on one CPU, nor if it was not asked for. */
  boolean isOn() {
    return cpus > 1;
  }

  /** So that a JVM behaves as one that may use them all: it counts those that it is pinned to. */
  List<String> jvmOptions() {
    return isOn() ? List.of("-XX:ActiveProcessorCount=" + cpus) : List.of();
  }

  /** What runs a program at a place of the chain. */
  List<String> at(int place) {
    return isOn() ? List.of("taskset", "-c", Integer.toString(place % cpus)) : List.of();
  }
}
