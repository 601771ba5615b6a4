package dev.sockbroker.bench;

import java.util.List;
import java.util.Map;

/**
 * What a run found.
 *
 * @param machine what it ran on, by name
 * @param pinned whether each process had a CPU
 * @param disturbance of all that was measured
 */
public record Report(
    Plan plan,
    Map<String, String> machine,
    boolean pinned,
    Disturbance disturbance,
    List<Series> series,
    List<Comparison> comparisons,
    List<ScalePoint> scale) {}
