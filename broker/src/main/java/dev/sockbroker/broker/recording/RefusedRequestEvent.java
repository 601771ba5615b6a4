package dev.sockbroker.broker.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A request of a client that was refused. It names no socket, path or address. */
@Name("dev.sockbroker.RefusedRequest")
@Label("Refused Request")
@Category("sockbroker")
@Description("A request of a client that was refused")
@Enabled(false)
@StackTrace(false)
final class RefusedRequestEvent extends Event {
  @Label("Request")
  String request;

  @Label("Error")
  String error;

  @Label("Session")
  long session;

  @Label("Process")
  int pid;

  private RefusedRequestEvent() {}

  static void happened(Class<?> request, String error, long session, int pid) {
    RefusedRequestEvent event = new RefusedRequestEvent();
    if (event.isEnabled()) {
      event.request = request.getSimpleName();
      event.error = error;
      event.session = session;
      event.pid = pid;
      event.commit();
    }
  }
}
