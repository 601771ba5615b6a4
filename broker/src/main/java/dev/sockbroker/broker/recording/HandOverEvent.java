package dev.sockbroker.broker.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A descriptor on a socket that a session has received from another one. */
@Name("dev.sockbroker.HandOver")
@Label("Hand-over")
@Category("sockbroker")
@Description("A token was redeemed, a socket was joined by name, or a registration was taken over")
@Enabled(false)
@StackTrace(false)
final class HandOverEvent extends Event {
  @Label("Kind")
  String kind;

  @Label("Socket")
  long socket;

  @Label("From Process")
  int fromPid;

  @Label("To Process")
  int toPid;

  private HandOverEvent() {}

  static void happened(String kind, long socket, int fromPid, int toPid) {
    HandOverEvent event = new HandOverEvent();
    if (event.isEnabled()) {
      event.kind = kind;
      event.socket = socket;
      event.fromPid = fromPid;
      event.toPid = toPid;
      event.commit();
    }
  }
}
