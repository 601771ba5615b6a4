package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.Deadline;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Reply;
import java.util.List;

/** A session's wait for one or all of several event objects (rule 42). */
final class EventWait implements Waiting {
  private final Call call;
  private final List<EventObject> objects;
  private final boolean all;
  private Timers.Timer timer;
  private long limitMillis;

  EventWait(Call call, List<EventObject> objects, boolean all) {
    this.call = call;
    this.objects = objects;
    this.all = all;
  }

  /**
   * @param millis -1 for no limit
   */
  void begin(Timers timers, long millis) {
    // Each set object checks all waits for it, so a wait counts once for each object.
    call.session().startWaiting(call, this, objects.size());
    objects.forEach(object -> object.attach(this));
    limitMillis = millis;
    if (millis >= 0) {
      timer = timers.after(millis, this::onTime);
    }
  }

  private void onTime() {
    refuse(RefusedException.timedOut("its time of " + limitMillis + " ms has passed"));
  }

  SavedSession.Wait save() {
    return new SavedSession.Wait(
        call.save(),
        objects.stream().map(EventObject::id).toList(),
        all,
        timer == null ? null : new Deadline(timer.atNanos(), limitMillis));
  }

  /** Continues to wait as in another broker. */
  void restore(Timers timers, Deadline deadline) {
    call.session().restoreWaiting(call, this, objects.size());
    objects.forEach(object -> object.attach(this));
    if (deadline != null) {
      limitMillis = deadline.limitMillis();
      timer = timers.at(deadline.atNanos(), this::onTime);
    }
  }

  boolean holds() {
    return all
        ? objects.stream().allMatch(EventObject::isSet)
        : objects.stream().anyMatch(EventObject::isSet);
  }

  /** Replies if the wait is satisfied, after one of the objects was set. */
  void answerIfHolds() {
    if (holds()) {
      leave();
      answer();
    }
  }

  void answer() {
    call.reply(
        new Reply.Signalled(
            objects.stream().filter(EventObject::isSet).map(EventObject::id).toList()));
  }

  @Override
  public void refuse(RefusedException why) {
    leave();
    call.refuse(why);
  }

  void leave() {
    call.session().stopWaiting(call, objects.size());
    objects.forEach(object -> object.detach(this));
    if (timer != null) {
      timer.cancel();
    }
  }
}
