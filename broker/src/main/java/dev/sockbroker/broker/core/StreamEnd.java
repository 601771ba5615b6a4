package dev.sockbroker.broker.core;

/** How one direction of a stream has ended, and whether the client was told. */
final class StreamEnd {
  /** 0 or an errno; null while the direction continues. */
  private Integer error;

  private boolean reported;

  boolean isSet() {
    return error != null;
  }

  /** Ends the direction. A second end has no effect. */
  void set(int errno) {
    error = error == null ? (Integer) errno : error;
  }

  Integer error() {
    return error;
  }

  boolean isReported() {
    return reported;
  }

  void restore(Integer savedError, boolean savedReported) {
    error = savedError;
    reported = savedReported;
  }

  /** Whether the client must still be told. */
  boolean isReportDue() {
    return error != null && !reported;
  }

  /** Returns the error if the client must still be told, and counts it as told; otherwise null. */
  Integer takeReport() {
    boolean due = isReportDue();
    reported |= due;
    return due ? error : null;
  }
}
