package dev.sockbroker.protocol;

/** A report of a broker for the people who run it. */
public enum ReportKind {
  /** Everything that is counted, in the text format of Prometheus. */
  METRICS,
  /** What each thread of the broker is doing. */
  THREADS,
  /** The last lines of the broker's log. */
  LOG,
  /** The limits that are in force, one in each line. */
  LIMITS,
  /** What {@link Request.StartRecording} has recorded, as a file of JDK Flight Recorder. */
  RECORDING
}
