package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.NetworkEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/**
 * The registration of a socket, at most one, and the descriptors that stand by for it (rules 28-34
 * and 51).
 */
final class Registrations {
  /** What was replaced and stands by, the newest last; one for each descriptor at most. */
  private final LinkedHashMap<Descriptor, Registration> standbys = new LinkedHashMap<>();

  private final Tally tally;
  private Registration current;
  private int last;

  Registrations(Tally tally) {
    this.tally = tally;
  }

  /** Null if nobody is the registrant. */
  Registration current() {
    return current;
  }

  /** What the descriptor stands by with, null if it does not. */
  Registration standby(Descriptor descriptor) {
    return standbys.get(descriptor);
  }

  /** Puts a registration in place of the current one, and of what the descriptor stood by with. */
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

  /** An accepted socket starts with its listener's registration (rule 34). */
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
   * Ends the current registration and all that stand by.
   *
   * @return those that stood by
   */
  List<Registration> cancelAny() {
    endCurrent();
    List<Registration> ended = new ArrayList<>(standbys.values());
    ended.forEach(Registration::end);
    standbys.clear();
    return ended;
  }

  /** Ends what the descriptor registered (rule 33). */
  void remove(Descriptor descriptor) {
    endStandby(descriptor);
    if (current != null && current.descriptor() == descriptor) {
      endCurrent();
    }
  }

  /** Ends one of them; who stands by then is the registrant only after {@link #promote}. */
  void end(Registration registration) {
    if (registration == current) {
      endCurrent();
    } else {
      endStandby(registration.descriptor());
    }
  }

  /**
   * Makes the newest standby the registrant again if nobody is. One whose session has ended is
   * passed over, since its descriptor goes as well.
   *
   * @return the new registration, null if there is none
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

  private void endCurrent() {
    if (current != null) {
      current.end();
      become(null);
    }
  }

  private void become(Registration next) {
    tally.registrations += (next == null ? 0 : 1) - (current == null ? 0 : 1);
    current = next;
  }

  private void endStandby(Descriptor descriptor) {
    Registration ended = standbys.remove(descriptor);
    if (ended != null) {
      ended.end();
    }
  }
}
