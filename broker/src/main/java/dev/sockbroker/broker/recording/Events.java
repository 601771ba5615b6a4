package dev.sockbroker.broker.recording;

import jdk.jfr.FlightRecorder;

/**
 * Events that cost nothing unless they are recorded. Their classes are not even initialized before
 * the first recording, because that takes as long as thousands of requests. Any thread.
 */
public final class Events {
  private Events() {}

  /** A turn of the loop was so long that other clients may have noticed. */
  public static void slowTurn(long nanos) {
    if (FlightRecorder.isInitialized()) {
      SlowTurnEvent.happened(nanos);
    }
  }

  /**
   * A session has received a descriptor from another one.
   *
   * @param fromPid the process that gave it; 0 if unknown
   */
  public static void handOver(String kind, long socket, int fromPid, int toPid) {
    if (FlightRecorder.isInitialized()) {
      HandOverEvent.happened(kind, socket, fromPid, toPid);
    }
  }

  /** A request of a client was refused. */
  public static void refusedRequest(Class<?> request, String error, long session, int pid) {
    if (FlightRecorder.isInitialized()) {
      RefusedRequestEvent.happened(request, error, session, pid);
    }
  }
}
