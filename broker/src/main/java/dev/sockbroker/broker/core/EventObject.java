package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Event;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An event object of one session: set by its registrations, reset by enumerating or by hand (rules
 * 40, 42).
 */
final class EventObject implements Notice {
  private final long id;
  private final Session session;
  private final Set<Registration> registrations = new LinkedHashSet<>();
  private final Set<EventWait> waits = new LinkedHashSet<>();
  private int records;
  private boolean set;

  EventObject(long id, Session session) {
    this.id = id;
    this.session = session;
  }

  long id() {
    return id;
  }

  boolean isSet() {
    return set;
  }

  SavedSession.EventObject saveObject() {
    return new SavedSession.EventObject(id, set);
  }

  static EventObject restore(SavedSession.EventObject saved, Session session) {
    EventObject object = new EventObject(saved.id(), session);
    object.set = saved.set();
    return object;
  }

  void attach(Registration registration) {
    registrations.add(registration);
  }

  void detach(Registration registration) {
    registrations.remove(registration);
  }

  void attach(EventWait wait) {
    waits.add(wait);
  }

  void detach(EventWait wait) {
    waits.remove(wait);
  }

  List<Registration> registrations() {
    return new ArrayList<>(registrations);
  }

  List<EventWait> waits() {
    return new ArrayList<>(waits);
  }

  void set() {
    if (!set) {
      set = true;
      session.change().note();
      session.notice(this);
      waits().forEach(EventWait::answerIfHolds);
    }
  }

  void reset() {
    if (set) {
      session.change().note();
    }
    set = false;
    session.forget(this);
  }

  /** Sets the object, because the record of one of its registrations is no longer empty. */
  void onRecorded() {
    records++;
    set();
  }

  /** Counts a record that was not empty in another broker. */
  void restoreRecord() {
    records++;
  }

  /** Notes that the record of one of its registrations is empty again. */
  void onRecordTaken() {
    records--;
    assert records >= 0 : "event object " + id + " has " + records + " records";
  }

  /** Resets the object as enumerating does: it stays set while another socket has a record. */
  void resetUnlessRecorded() {
    if (records == 0) {
      reset();
    }
  }

  @Override
  public SavedSession.Notice save() {
    return new SavedSession.Notice(SavedSession.Notice.Kind.EVENT_OBJECT, id);
  }

  @Override
  public void deliver(SessionProxy proxy) {
    proxy.event(0, new Event.ObjectSignalled(id));
  }
}
