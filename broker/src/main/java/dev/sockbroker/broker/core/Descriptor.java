package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.state.Origin;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.protocol.Right;
import java.util.List;
import java.util.Set;

/** One session's handle on a socket. */
final class Descriptor implements Durable {
  final long id;
  final Session session;
  final OwnedSocket socket;
  final Set<Right> rights;
  final long openedNanos;
  final Origin origin;
  long bytesIn;
  long bytesOut;

  /** Null if its bytes travel in frames. */
  Lane lane;

  /** The operations that wait through this descriptor; null before the first one. */
  private Line in;

  private Line out;

  /** The requests that wait for bytes of its lane; null before the first one. */
  private HeldRequests held;

  /** How often the raw fd was exported through this descriptor or is being exported. */
  int exportCount;

  private final Change change;

  /** Whether its connection was accepted ahead (rule 74). */
  boolean ahead;

  /** Whether a request named it, or its stream was connected. Then nothing returns (rule 74). */
  boolean used;

  Descriptor(
      long id,
      Session session,
      OwnedSocket socket,
      Set<Right> rights,
      long openedNanos,
      Origin origin,
      Changes changes) {
    this.origin = origin;
    change = changes.of(this);
    change.note();
    this.id = id;
    this.session = session;
    this.socket = socket;
    this.rights = rights;
    this.openedNanos = openedNanos;
  }

  /** Returns the operations that wait through this descriptor in one of its socket's queues. */
  Line line(OperationQueue queue) {
    if (queue == socket.in()) {
      in = in == null ? new Line(this, queue) : in;
      return in;
    }
    out = out == null ? new Line(this, queue) : out;
    return out;
  }

  HeldRequests held() {
    return held;
  }

  void held(HeldRequests requests) {
    held = requests;
  }

  /** Whether its connection was accepted ahead and can still return to its listener. */
  boolean isUnusedAhead() {
    return ahead && !used;
  }

  /** Whether its session no longer holds it. */
  boolean isClosed() {
    return session.descriptors.get(id) != this;
  }

  SavedDescriptor save(Saving saving) {
    return new SavedDescriptor(
        id,
        saving.idOf(session),
        socket.id(),
        isClosed(),
        rights,
        openedNanos,
        bytesIn,
        bytesOut,
        exportCount,
        held == null ? List.of() : held.save(),
        ahead,
        used,
        origin);
  }

  @Override
  public Ledger.Kind kind() {
    return Ledger.Kind.DESCRIPTOR;
  }

  @Override
  public long key() {
    return id;
  }

  /** A closed one is written as long as a lane sends what its client has left. */
  @Override
  public Record toWrite(Saving saving) {
    return isClosed() && !socket.lanes().isSendingFor(this) ? null : save(saving);
  }

  /** Notes for the ledger that it has changed. */
  Change change() {
    return change;
  }

  /** Notes that a request has named it, or that its stream was connected (rule 74). */
  void use() {
    if (!used) {
      used = true;
      change.note();
    }
  }

  static Descriptor restore(
      SavedDescriptor saved, Session session, OwnedSocket socket, Changes changes) {
    Descriptor descriptor =
        new Descriptor(
            saved.id(),
            session,
            socket,
            saved.rights(),
            saved.openedNanos(),
            saved.origin() == null ? Origin.OPENED : saved.origin(),
            changes);
    descriptor.bytesIn = saved.bytesIn();
    descriptor.bytesOut = saved.bytesOut();
    descriptor.exportCount = saved.exports();
    descriptor.ahead = saved.ahead();
    descriptor.used = saved.used();
    return descriptor;
  }

  /** Counts bytes that its client has received. */
  void received(PolicyLane through, long bytes) {
    bytesIn += bytes;
    socket.meter().received(through, bytes);
  }

  /** Uncounts bytes that the client never took. */
  void notReceived(long bytes) {
    bytesIn -= bytes;
    socket.meter().returned(bytes);
  }

  /** Counts bytes that the socket has taken from its client. */
  void sent(PolicyLane through, long bytes) {
    bytesOut += bytes;
    socket.meter().sent(through, bytes);
  }

  boolean isExported() {
    return exportCount > 0;
  }

  @Override
  public String toString() {
    return "d" + id;
  }
}
