package dev.sockbroker.bench;

/**
 * What the host of a virtual machine did to a run.
 *
 * @param repeated how often something was measured again since time was stolen meanwhile
 * @param stolen of what counts, the most that was stolen: the share of all CPUs' time, of 1
 */
public record Disturbance(int repeated, double stolen) {
  /** For people. */
  public String text() {
    return "The host gave others CPU time (steal): %d measurements were taken again for it, and what"
            .formatted(repeated)
        + " counts lost at most %s %%.".formatted(Figures.digits(100 * stolen));
  }
}
