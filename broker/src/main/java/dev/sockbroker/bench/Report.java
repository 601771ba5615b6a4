package dev.sockbroker.bench;

import java.util.List;
import java.util.Map;

/**
 * The results of a run.
 *
 * @param machine its properties, by name
 * @param pinned whether each process had its own CPU
 * @param disturbance of all measurements
 */
public record Report(
    Plan plan,
    Map<String, String> machine,
    boolean pinned,
    Disturbance disturbance,
    List<Series> series,
    List<Comparison> comparisons,
    List<ScalePoint> scale) {}
