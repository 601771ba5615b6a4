package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.NetworkEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** The current registration of a socket, if any, and the standbys (rules 28-34 and 51). */
final class Registrations {
  /** The replaced registrations that stand by, the newest last; at most one for each descriptor. */
  private final LinkedHashMap<Descriptor, Registration> standbys = new LinkedHashMap<>();

  private final Tally tally;
  private final Change change;
  private Registration current;
  private int last;

  /**
   * @param change of the socket
   */
  Registrations(Tally tally, Change change) {
    this.tally = tally;
    this.change = change;
  }

  /** Returns the current registration, or null without a registrant. */
  Registration current() {
    return current;
  }

  /** Returns the registration with which a descriptor stands by, or null. */
  Registration standby(Descriptor descriptor) {
    return standbys.get(descriptor);
  }

  /** Registers. Replaces the current registration and any standby of the same descriptor. */
  void register(Descriptor by, Set<NetworkEvent> events, EventObject object, boolean standby) {
    endStandby(by);
    if (current != null && current.isToStandBy() && current.descriptor() != by) {
      current.suspend();
      standbys.put(current.descriptor(), current);
    } else {
      endCurrent();
    }
    become(new Registration(by, events, object, standby, ++last));
  }

  /** Sets the registration that an accepted socket inherits from its listener (rule 34). */
  void inherit(Registration inherited) {
    assert current == null : "a new socket has a registration already";
    become(inherited);
    last = inherited.number();
  }

  /**
   * Cancels the descriptor's own registration, whether it is the current one or stands by.
   *
   * @return whether it had that number
   */
  boolean cancel(Descriptor by, long number) {
    Registration own = current != null && current.descriptor() == by ? current : standby(by);
    if (own == null || !own.hasNumber(number)) {
      return false;
    }
    end(own);
    return true;
  }

  /**
   * Ends the current registration and all standbys.
   *
   * @return the former standbys
   */
  List<Registration> cancelAny() {
    endCurrent();
    List<Registration> ended = new ArrayList<>(standbys.values());
    change.note();
    ended.forEach(Registration::end);
    standbys.clear();
    return ended;
  }

  /** Ends the registrations of a descriptor (rule 33). */
  void remove(Descriptor descriptor) {
    endStandby(descriptor);
    if (current != null && current.descriptor() == descriptor) {
      endCurrent();
    }
  }

  /** Ends one registration. A standby becomes the registrant only in {@link #promote}. */
  void end(Registration registration) {
    if (registration == current) {
      endCurrent();
    } else {
      endStandby(registration.descriptor());
    }
  }

  /**
   * Makes the newest standby the registrant again if the socket has no registrant. Skips a standby
   * whose session has ended, because its descriptor will be removed as well.
   *
   * @return the new registration, or null
   */
  Registration promote() {
    while (current == null && !standbys.isEmpty()) {
      Registration newest = standbys.pollLastEntry().getValue();
      newest.end();
      if (!newest.descriptor().session.isEnded()) {
        become(newest.promoted(++last));
        return current;
      }
    }
    return null;
  }

  int last() {
    return last;
  }

  Collection<Registration> standbys() {
    return standbys.values();
  }

  /**
   * @param registrant null without a registrant
   * @param standingBy the newest last
   */
  void restore(Registration registrant, List<Registration> standingBy, int lastNumber) {
    standingBy.forEach(it -> standbys.put(it.descriptor(), it));
    become(registrant);
    last = lastNumber;
  }

  private void endCurrent() {
    if (current != null) {
      current.end();
      become(null);
    }
  }

  private void become(Registration next) {
    change.note();
    tally.registrations += (next == null ? 0 : 1) - (current == null ? 0 : 1);
    current = next;
  }

  private void endStandby(Descriptor descriptor) {
    Registration ended = standbys.remove(descriptor);
    if (ended != null) {
      change.note();
      ended.end();
    }
  }
}
