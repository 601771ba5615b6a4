package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.state.EntityFormat;
import dev.sockbroker.broker.state.SavedBroker;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.broker.state.SavedKernelSocket;
import dev.sockbroker.broker.state.SavedRing;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.broker.state.SavedTransport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A ledger that knows whether the core has forgotten to write something: what it contains must be
 * the state, except for what the next broker finds out by itself.
 */
final class LedgerCheck implements Ledger {
  /** Each change of a short test is checked, and some of a long one. */
  private static final int OFTEN = 200;

  private static final int RARELY = 97;

  private final Map<String, String> written = new TreeMap<>();
  private final Map<String, String> committed = new TreeMap<>();
  private Ids ids;
  private boolean changed;
  private int checks;

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public void onBehalfOf(long session, long request) {}

  @Override
  public void answering(long handled) {}

  @Override
  public boolean isDue() {
    return false;
  }

  @Override
  public void writer(Runnable onDue, Runnable write) {}

  @Override
  public void update() {}

  @Override
  public void put(Kind kind, long id, Record saved) {
    written.put(kind + " " + id, text(saved));
  }

  @Override
  public void remove(Kind kind, long id) {
    written.remove(kind + " " + id);
  }

  @Override
  public void commit(Ids last) {
    ids = last;
    committed.clear();
    committed.putAll(written);
    changed = true;
  }

  /** Checks that nothing is missing. To be called when nothing waits for a commit. */
  void check(Conductor conductor) {
    if (!changed || checks++ > OFTEN && checks % RARELY != 0) {
      return;
    }
    changed = false;
    SavedBroker state = conductor.save(Saving.single());
    Map<String, String> expected = new TreeMap<>();
    state.sessions().forEach(it -> expected.put(Kind.SESSION + " " + it.id(), text(it)));
    state.sockets().forEach(it -> expected.put(Kind.SOCKET + " " + it.id(), text(it)));

    SavedBroker whole = conductor.save(new Saving());
    whole.descriptors().forEach(it -> expected.put(Kind.DESCRIPTOR + " " + it.id(), text(it)));
    whole
        .sockets()
        .forEach(
            it ->
                it.streams()
                    .forEach(s -> expected.put(Kind.STREAM + " " + s.descriptor(), text(s))));
    state.tokens().forEach(it -> expected.put(Kind.TOKEN + " " + it.id(), text(it)));
    Map<String, String> kept = new TreeMap<>(committed);
    // The state names processes by their place, and has ended sessions only if they are referred
    // to.
    kept.keySet().removeIf(it -> it.startsWith(Kind.PROCESS + " "));
    checkOperations(kept, whole);
    kept.keySet()
        .removeIf(
            it -> it.startsWith(Kind.SESSION + " ") && !expected.containsKey(it) && isEnded(it));
    assertThat(differences(kept, expected)).isEmpty();
    assertThat(ids)
        .isEqualTo(
            new Ids(
                state.startedNanos(),
                state.lastSession(),
                state.lastSocket(),
                state.lastDescriptor(),
                state.lastToken(),
                state.lastObject()));
  }

  /** Operations have numbers that the state does not contain. */
  private static void checkOperations(Map<String, String> kept, SavedBroker whole) {
    List<String> written = new ArrayList<>();
    kept.entrySet().stream()
        .filter(it -> it.getKey().startsWith(Kind.OPERATION + " "))
        .forEach(it -> written.add(hex(it.getValue())));
    kept.keySet().removeIf(it -> it.startsWith(Kind.OPERATION + " "));
    List<String> expected = new ArrayList<>();
    for (SavedSocket it : whole.sockets()) {
      it.receives().forEach(operation -> expected.add(hex(text(operation))));
      it.sends().forEach(operation -> expected.add(hex(text(operation))));
    }
    assertThat(written).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static String hex(String text) {
    return text.substring(0, text.indexOf(' '));
  }

  private static List<String> differences(Map<String, String> kept, Map<String, String> expected) {
    Set<String> all = new TreeSet<>(kept.keySet());
    all.addAll(expected.keySet());
    List<String> differences = new ArrayList<>();
    for (String it : all) {
      String left = kept.getOrDefault(it, "- nothing");
      String right = expected.getOrDefault(it, "- nothing");
      // The texts are for people. They contain the identity of buffers.
      if (!left.substring(0, left.indexOf(' ')).equals(right.substring(0, right.indexOf(' ')))) {
        differences.add("\nwritten: " + left + "\nis:      " + right);
      }
    }
    return differences;
  }

  private boolean isEnded(String session) {
    return committed.get(session).contains("ended=true");
  }

  private static String text(Record saved) {
    Record stable =
        switch (saved) {
          case SavedSocket it -> stable(it);
          case SavedSession it -> stable(it);
          case SavedDescriptor it -> stable(it);
          case SavedStream it -> stable(it);
          default -> saved;
        };
    return bytes(stable) + " " + stable;
  }

  /** The content, because the text of a buffer does not contain it. */
  private static String bytes(Record stable) {
    ByteBuf out = Unpooled.buffer();
    new EntityFormat(out, null).write(stable);
    return ByteBufUtil.hexDump(out);
  }

  private static SavedSession stable(SavedSession it) {
    return new SavedSession(
        it.id(),
        it.pid(),
        it.uid(),
        it.ended(),
        it.welcomed(),
        it.client(),
        it.administrator(),
        it.lifetime(),
        it.startedNanos(),
        0,
        it.eventObjects(),
        it.waits(),
        it.notices(),
        it.feed(),
        it.groups(),
        it.units(),
        it.opens(),
        it.begun());
  }

  private static SavedDescriptor stable(SavedDescriptor it) {
    return new SavedDescriptor(
        it.id(),
        it.session(),
        it.socket(),
        it.closed(),
        it.rights(),
        it.openedNanos(),
        0,
        0,
        it.exports(),
        it.held(),
        it.ahead(),
        it.used(),
        it.origin());
  }

  private static SavedSocket stable(SavedSocket it) {
    return new SavedSocket(
        it.id(),
        it.maker(),
        it.openedNanos(),
        it.lastUser(),
        it.directories(),
        it.blocking(),
        it.listener(),
        false,
        stable(it.transport()),
        it.lastReceive(),
        it.receives(),
        it.lastSend(),
        it.sends(),
        it.name(),
        it.retention(),
        it.closing(),
        it.exports(),
        it.exportedNonBlocking(),
        it.registration(),
        it.standbys(),
        it.lastNumber(),
        it.rings().stream().map(LedgerCheck::stable).toList(),
        it.streams().stream().map(LedgerCheck::stable).toList());
  }

  private static SavedTransport stable(SavedTransport it) {
    return new SavedTransport(
        stable(it.kernel()),
        it.phase(),
        it.accepted(),
        it.listening(),
        it.backlog(),
        it.outcome(),
        it.pendingError(),
        it.receiveShut(),
        it.sendShut(),
        it.local(),
        it.peer(),
        0,
        it.returned(),
        it.returnedConnections().stream().map(LedgerCheck::stable).toList(),
        it.boundTo(),
        it.connectedTo(),
        it.reaching());
  }

  private static SavedKernelSocket stable(SavedKernelSocket it) {
    return new SavedKernelSocket(
        it.fd(),
        it.family(),
        it.type(),
        it.protocol(),
        it.connected(),
        it.connectingTo(),
        it.shared(),
        false,
        it.boundFile());
  }

  /** The positions of a ring are in its memory. */
  private static SavedRing stable(SavedRing it) {
    SavedRing.Receiving receive = it.receive();
    SavedRing.Sending send = it.send();
    return new SavedRing(
        it.descriptor(),
        it.bytes(),
        it.memory(),
        it.doorbell(),
        false,
        it.detached(),
        receive == null
            ? null
            : new SavedRing.Receiving(List.of(), 0, 0, receive.end(), 0, false, false),
        send == null ? null : new SavedRing.Sending(0, 0, false, send.draining(), send.ended()));
  }

  private static SavedStream stable(SavedStream it) {
    SavedStream.Sending send = it.send();
    return new SavedStream(
        it.descriptor(),
        it.key(),
        it.connection() == null ? null : stable(it.connection()),
        it.detached(),
        it.receive(),
        send == null
            ? null
            : new SavedStream.Sending(
                0,
                send.kept(),
                send.atEnd(),
                false,
                send.draining(),
                send.ended(),
                send.reported(),
                send.owed()));
  }
}
