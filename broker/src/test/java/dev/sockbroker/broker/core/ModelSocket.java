package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.KernelSocket;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A socket as section 4 of the contract defines it, with the parts of the kernel that decide the
 * conditions. It is written from the contract, not from the tested code.
 */
final class ModelSocket {
  enum Phase {
    FRESH,
    LISTENING,
    CONNECTING,
    CONNECTED
  }

  final boolean stream;
  final boolean accepted;
  Phase phase = Phase.FRESH;

  /** Whether it listened once and was shut down. Kernels differ in what it can do then. */
  boolean listened;

  /** Result of the last connect attempt; null for none. */
  Integer outcome;

  /** Unread bytes. {@code mark} is the position of the urgent byte among them, -1 for none. */
  final StringBuilder data = new StringBuilder();

  int mark = -1;
  boolean urgentWaits;
  boolean inline;
  int lowWater = 1;
  final ArrayDeque<String> datagrams = new ArrayDeque<>();

  boolean peerFin;
  boolean peerGone;
  boolean dead;
  boolean receiveShut;
  boolean sendShut;
  int error;

  /** A send met EAGAIN and the peer has read nothing since. */
  boolean full;

  /** The bytes that the peer was certainly sent, and those that it has read. */
  final StringBuilder sent = new StringBuilder();

  int peerRead;

  /** A send ended with its session, so it is unknown how much of it was taken. */
  boolean sentUnknown;

  /** The connections that wait in the kernel. */
  final ArrayDeque<ModelSocket> acceptable = new ArrayDeque<>();

  /** The connections that were accepted ahead and have returned. They come first. */
  final ArrayDeque<ModelSocket> returned = new ArrayDeque<>();

  /** The listener of an accepted connection. */
  ModelSocket listener;

  final ArrayDeque<Waiting> in = new ArrayDeque<>();
  final ArrayDeque<Waiting> out = new ArrayDeque<>();
  final List<ModelDescriptor> descriptors = new ArrayList<>();
  int tokens;
  boolean blocking = true;
  ModelRegistration registration;

  /** The newest is last. */
  final List<ModelRegistration> standbys = new ArrayList<>();

  int registrations;

  /** The other end, which does not belong to the broker, or null. */
  KernelSocket peer;

  ModelSocket(boolean stream, boolean accepted) {
    this.stream = stream;
    this.accepted = accepted;
  }

  /** An operation in a queue. */
  static final class Waiting {
    final ModelDescriptor through;
    final long request;
    final long deadline;
    final String what;
    int length;
    String text = "";
    boolean someTaken;

    Waiting(ModelDescriptor through, long request, long deadline, String what) {
      this.through = through;
      this.request = request;
      this.deadline = deadline;
      this.what = what;
    }
  }

  record ModelDescriptor(long id, Model.ModelSession session, ModelSocket socket) {}

  /** Rules 36 to 40, and 51. */
  static final class ModelRegistration {
    final ModelDescriptor by;
    final int number;
    final Set<NetworkEvent> selected;
    final Set<NetworkEvent> enabled;
    final Model.ModelObject object;
    final boolean standby;
    final Map<NetworkEvent, Integer> recorded = new EnumMap<>(NetworkEvent.class);

    /** The registration number, and the number that its session knows. */
    int first;

    int told;

    ModelRegistration(
        ModelDescriptor by,
        int number,
        Set<NetworkEvent> selected,
        Model.ModelObject object,
        boolean standby) {
      this.by = by;
      this.number = number;
      this.selected = selected;
      this.object = object;
      this.standby = standby;
      first = number;
      told = number;
      enabled = EnumSet.copyOf(selected);
    }
  }

  /** If there is no registrant, the last standby becomes the registrant again (rule 51). */
  void promote() {
    if (registration == null && !standbys.isEmpty()) {
      ModelRegistration it = standbys.removeLast();
      registration =
          new ModelRegistration(it.by, ++registrations, it.selected, it.object, it.standby);
      registration.first = it.first;
      registration.told = it.told;
    }
  }

  /** The registration of the descriptor, even as a standby; null for none. */
  ModelRegistration registrationOf(ModelDescriptor by) {
    if (registration != null && registration.by == by) {
      return registration;
    }
    return standbys.stream().filter(it -> it.by == by).findFirst().orElse(null);
  }

  void enable(NetworkEvent... events) {
    if (registration != null) {
      for (NetworkEvent event : events) {
        if (registration.selected.contains(event)) {
          registration.enabled.add(event);
        }
      }
    }
  }

  // Conditions.

  boolean hasConnection() {
    return !acceptable.isEmpty() || !returned.isEmpty();
  }

  boolean holds(NetworkEvent event) {
    boolean connected = phase == Phase.CONNECTED;
    return switch (event) {
      case CONNECT -> outcome != null && !accepted;
      case ACCEPT -> phase == Phase.LISTENING && hasConnection() && next(in) == null;
      case READ -> {
        if (next(in) != null) {
          yield false;
        }
        yield stream ? connected && hasBytes() : error != 0 || !datagrams.isEmpty();
      }
      case OOB -> connected && stream && urgentWaits && !inline;
      case WRITE ->
          next(out) == null
              && (stream ? connected && !full && !sendShut && !dead && error == 0 : true);
      case CLOSE -> connected && stream && plain() == 0 && (error != 0 || peerFin);
    };
  }

  int errorOf(NetworkEvent event) {
    return switch (event) {
      case CONNECT -> outcome;
      case READ -> stream ? 0 : error;
      case CLOSE -> error;
      default -> 0;
    };
  }

  /**
   * The next operation: the one that has begun, or else the first one whose session reads (rule
   * 26).
   */
  static Waiting next(ArrayDeque<Waiting> queue) {
    Waiting next = null;
    for (Waiting it : queue) {
      if (it.someTaken || it.what.equals("connect")) {
        return it;
      } else if (next == null && it.through.session().reading) {
        next = it;
      }
    }
    return next;
  }

  /**
   * For a receive that may wait: whether the requested number of bytes or SO_RCVLOWAT is available.
   */
  boolean hasAtLeast(int length) {
    if (!stream || phase != Phase.CONNECTED || isReadable()) {
      return true;
    }
    int toMark = mark >= 0 && !inline ? mark : data.length();
    return toMark >= (urgentWaits && !inline ? 1 : Math.min(length, lowWater));
  }

  private boolean hasBytes() {
    boolean ended = peerFin || receiveShut || dead;
    return plain() > 0 && (ended || plain() >= lowWater);
  }

  /** The number of bytes that a plain receive could get. */
  int plain() {
    return data.length() - (mark == 0 && !inline ? 1 : 0);
  }

  /** Whether poll reports readable to a waiting receive. */
  boolean isReadable() {
    return switch (phase) {
      case CONNECTING -> false;
      case CONNECTED ->
          stream
              ? hasBytes() || peerFin || receiveShut || dead || error != 0
              : error != 0 || !datagrams.isEmpty();
      default -> stream || error != 0 || !datagrams.isEmpty();
    };
  }

  // The kernel.

  void urgentArrived(char urgent) {
    if (mark == 0 && !inline) {
      data.deleteCharAt(0);
    }
    data.append(urgent);
    mark = data.length() - 1;
    urgentWaits = true;
  }

  /** The result of a receive; null if it would block. */
  String receive(int length, boolean peek) {
    if (!stream) {
      return receiveDatagram(length, peek);
    }
    switch (phase) {
      case FRESH, LISTENING -> {
        return "ENOTCONN";
      }
      case CONNECTING -> {
        return null;
      }
      default -> {}
    }
    String got = take(length, peek);
    if (!got.isEmpty()) {
      return "'" + got;
    }
    if (peerFin) {
      return "'";
    } else if (error != 0) {
      return Errno.name(error);
    }
    return receiveShut || dead ? "'" : null;
  }

  private String take(int length, boolean peek) {
    StringBuilder got = new StringBuilder();
    int at = 0;
    while (got.length() < length && at < data.length()) {
      if (at == mark && !got.isEmpty()) {
        break;
      }
      if (at == mark && !inline) {
        at++;
      } else {
        got.append(data.charAt(at++));
      }
    }
    if (!peek) {
      data.delete(0, at);
      mark -= at;
      if (mark < 0) {
        mark = -1;
        urgentWaits = false;
      }
    }
    return got.toString();
  }

  private String receiveDatagram(int length, boolean peek) {
    if (error != 0) {
      String said = Errno.name(error);
      error = 0;
      return said;
    }
    String first = peek ? datagrams.peek() : datagrams.poll();
    return first == null ? null : "'" + first.substring(0, Math.min(length, first.length()));
  }

  String receiveUrgent(boolean peek) {
    if (!stream) {
      return "EOPNOTSUPP";
    }
    if (phase == Phase.LISTENING) {
      return "ENOTCONN";
    }
    if (!urgentWaits || inline || mark < 0) {
      return "EINVAL";
    } else if (dead && !peerFin) {
      return "ENOTCONN";
    }
    urgentWaits = peek;
    return "'" + data.charAt(mark);
  }

  /** A reset from the peer. */
  void reset() {
    if (!dead) {
      error = peerFin && !sendShut ? Errno.EPIPE : Errno.ECONNRESET;
      dead = true;
    }
  }

  /** The peer's end of the stream. With our own end, the connection is closed. */
  void fin() {
    if (!dead) {
      peerFin = true;
      endIfBoth();
    }
  }

  void endIfBoth() {
    if (peerFin && sendShut && !full) {
      dead = true;
    }
  }

  boolean isHeld() {
    return !descriptors.isEmpty() || tokens > 0;
  }
}
