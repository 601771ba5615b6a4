package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedRegistration;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which events of a socket are reported, and to whom (rules 27-43). In the message form {@code
 * happened} contains the events that are not reported yet. In the event form it is the record.
 */
final class Registration implements Notice {
  private final Descriptor descriptor;
  private final Set<NetworkEvent> events;
  private final EventObject object;
  private final boolean standby;

  /** Its first number. A promotion assigns a new number (rule 51). */
  private final int first;

  private final int number;

  /** The last number that was sent to the registrant. */
  private int knownNumber;

  private final Set<NetworkEvent> enabled;
  private final Set<NetworkEvent> happened = EnumSet.noneOf(NetworkEvent.class);
  private final int[] errors = new int[NetworkEvent.values().length];

  /**
   * @param object the event object, null in the message form
   * @param standby whether to stand by when it is replaced
   */
  Registration(
      Descriptor descriptor,
      Set<NetworkEvent> events,
      EventObject object,
      boolean standby,
      int number) {
    this(descriptor, events, object, standby, number, number);
  }

  private Registration(
      Descriptor descriptor,
      Set<NetworkEvent> events,
      EventObject object,
      boolean standby,
      int first,
      int number) {
    this.descriptor = descriptor;
    this.events = events;
    this.object = object;
    this.standby = standby;
    this.first = first;
    this.number = number;
    knownNumber = number;
    this.enabled = EnumSet.copyOf(events);
    if (object != null) {
      object.attach(this);
    }
  }

  static Registration restore(SavedRegistration saved, Descriptor descriptor, EventObject object) {
    Registration restored =
        new Registration(
            descriptor, saved.events(), object, saved.standby(), saved.first(), saved.number());
    restored.knownNumber = saved.knownNumber();
    restored.enabled.retainAll(saved.enabled());
    for (SavedRegistration.Happened it : saved.happened()) {
      restored.happened.add(it.event());
      restored.errors[it.event().ordinal()] = it.error();
    }
    if (object != null && !restored.happened.isEmpty()) {
      object.restoreRecord();
    }
    return restored;
  }

  SavedRegistration saveRegistration() {
    return new SavedRegistration(
        descriptor.id,
        events,
        object == null ? 0 : object.id(),
        standby,
        first,
        number,
        knownNumber,
        enabled,
        happened.stream()
            .map(it -> new SavedRegistration.Happened(it, errors[it.ordinal()]))
            .toList());
  }

  Descriptor descriptor() {
    return descriptor;
  }

  EventObject object() {
    return object;
  }

  int number() {
    return number;
  }

  boolean isToStandBy() {
    return standby;
  }

  /**
   * The number that the registrant knows. It differs from the current number until the registrant
   * learns of a promotion.
   */
  int knownNumber() {
    return knownNumber;
  }

  boolean isPromotionUnknown() {
    return knownNumber != number;
  }

  /**
   * Whether a number is the current one, or was the number before a promotion that the client may
   * not know.
   */
  boolean hasNumber(long one) {
    return first <= one && one <= number;
  }

  /** Returns a copy for a socket that the registrant accepted (rule 34). */
  Registration inherit(Descriptor accepted) {
    return new Registration(accepted, events, object, standby, 1);
  }

  /** Returns a copy with a new number, which is sent to its session when it reads (rule 51). */
  Registration promoted(int newNumber) {
    Registration promoted = new Registration(descriptor, events, object, standby, first, newNumber);
    promoted.knownNumber = knownNumber;
    descriptor.session.notice(promoted);
    return promoted;
  }

  boolean selects(NetworkEvent event) {
    return events.contains(event);
  }

  Set<NetworkEvent> enabled() {
    return enabled;
  }

  /** Re-enables an event (rule 37) if it is selected. */
  void enable(NetworkEvent event) {
    if (events.contains(event) && enabled.add(event)) {
      changed();
    }
  }

  /** Reports an event and disables it (rule 36). */
  void report(NetworkEvent event, int error) {
    changed();
    enabled.remove(event);
    errors[event.ordinal()] = error;
    boolean first = happened.isEmpty();
    happened.add(event);
    descriptor.socket.meter().event();
    if (object == null) {
      descriptor.session.notice(this);
    } else if (first) {
      object.onRecorded();
    } else {
      object.set();
    }
  }

  /** Reads and clears the record; empty in the message form. */
  List<Reply.Occurrence> takeRecord() {
    List<Reply.Occurrence> record = new ArrayList<>();
    if (object != null) {
      happened.forEach(event -> record.add(new Reply.Occurrence(event, errors[event.ordinal()])));
      clearRecord();
    }
    return record;
  }

  @Override
  public SavedSession.Notice save() {
    return new SavedSession.Notice(SavedSession.Notice.Kind.REGISTRATION, descriptor.id);
  }

  @Override
  public void deliver(SessionProxy proxy) {
    if (isPromotionUnknown()) {
      proxy.event(0, new Event.Promoted(descriptor.id, number, knownNumber));
      knownNumber = number;
      changed();
    }
    if (object == null) {
      deliverMessages(proxy);
    }
  }

  private void deliverMessages(SessionProxy proxy) {
    for (NetworkEvent event : happened) {
      proxy.event(0, new Event.Network(descriptor.id, event, errors[event.ordinal()], number));
    }
    if (!happened.isEmpty()) {
      changed();
      happened.clear();
    }
  }

  private void clearRecord() {
    if (!happened.isEmpty()) {
      changed();
      happened.clear();
      object.onRecordTaken();
    }
  }

  /** Suspends the registration while it stands by. Nothing is reported for it. */
  void suspend() {
    changed();
    enabled.clear();
    descriptor.session.forget(this);
    if (object == null) {
      happened.clear();
    } else {
      clearRecord();
    }
  }

  /** Ends the registration. Nothing more is reported for it. */
  void end() {
    suspend();
    if (object != null) {
      object.detach(this);
    }
  }

  private void changed() {
    descriptor.socket.change().note();
  }

  Reply.Registration info() {
    return new Reply.Registration(
        descriptor.id,
        descriptor.session.id(),
        descriptor.session.identity().pid(),
        object == null ? 0 : object.id(),
        events,
        number);
  }
}
