package dev.sockbroker.broker.core;

/** The {@link Terms} that apply now. A reload replaces them in one step. Loop thread only. */
public final class InForce {
  private Terms terms;

  public InForce(Terms terms) {
    this.terms = terms;
  }

  public Terms terms() {
    return terms;
  }

  void replace(Terms by) {
    terms = by;
  }
}
