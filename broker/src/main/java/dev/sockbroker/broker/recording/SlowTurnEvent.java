package dev.sockbroker.broker.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A turn of the loop that took so long that other clients may have noticed. */
@Name("dev.sockbroker.SlowTurn")
@Label("Slow Turn")
@Category("sockbroker")
@Description("A turn of the event loop that delayed all clients")
@Enabled(false)
@StackTrace(false)
final class SlowTurnEvent extends Event {
  @Label("Time")
  @Timespan(Timespan.NANOSECONDS)
  long nanos;

  private SlowTurnEvent(long nanos) {
    this.nanos = nanos;
  }

  static void happened(long nanos) {
    new SlowTurnEvent(nanos).commit();
  }
}
