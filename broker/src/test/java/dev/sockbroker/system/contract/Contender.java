package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One of several processes that register one socket repeatedly and read after each event. */
final class Contender {
  private static final int RECEIVE_BYTES = 4096;
  private static final Set<NetworkEvent> READ = Set.of(NetworkEvent.READ);

  private final Holder holder;
  private final boolean messageForm;
  private final Set<Long> numbers;
  private final Histogram received = new Histogram();
  private final List<String> complaints = new ArrayList<>();
  private Thread thread;

  /**
   * @param numbers of the registrations of all contenders
   */
  Contender(Holder holder, boolean messageForm, Set<Long> numbers) {
    this.holder = holder;
    this.messageForm = messageForm;
    this.numbers = numbers;
  }

  WireSession session() {
    return holder.actor().session();
  }

  long socket() {
    return holder.socket();
  }

  Histogram received() {
    return received;
  }

  List<String> complaints() {
    return complaints;
  }

  void startUntil(long endNanos) {
    thread = new Thread(() -> contendUntil(endNanos), holder.actor().name());
    thread.setDaemon(true);
    thread.start();
  }

  void join() throws InterruptedException {
    thread.join();
  }

  private void contendUntil(long endNanos) {
    while (System.nanoTime() < endNanos) {
      register();
      session().ask(new Request.Ping());
      if (wasToldToRead()) {
        readWhatIsThere();
      }
    }
  }

  private void register() {
    Request request =
        messageForm
            ? new Request.AsyncSelect(holder.id(), READ)
            : new Request.EventSelect(holder.id(), READ, holder.actor().object());
    Reply reply = session().ask(request).reply();
    if (!(reply instanceof Reply.Registered it) || !numbers.add(it.number())) {
      complaints.add("not a new number: " + reply);
    }
  }

  private boolean wasToldToRead() {
    boolean read = false;
    for (WireSession.Told told : session().takeTold()) {
      if (told.outOfTurn()) {
        complaints.add("out of turn: " + told.event());
      }
      read |= told.event() instanceof Event.Network;
      read |= told.event() instanceof Event.ObjectSignalled;
    }
    if (!messageForm && read) {
      // Another contender may be the registrant by now; then this is refused, which is fine.
      session().ask(new Request.EnumNetworkEvents(holder.id(), holder.actor().object()));
    }
    return read;
  }

  void readWhatIsThere() {
    Request request = new Request.Receive(holder.id(), RECEIVE_BYTES, 0L, false, false);
    byte[] bytes = session().ask(request).payload();
    if (!Histogram.countsUp(bytes)) {
      complaints.add("bytes out of order");
    }
    received.add(bytes);
  }

  /** Reads until the stream is empty. */
  void readTheRest() {
    long before;
    do {
      before = received.total();
      readWhatIsThere();
    } while (received.total() > before);
  }

  void end() {
    wasToldToRead();
  }
}
