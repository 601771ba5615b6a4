package dev.sockbroker.cli;

import dev.sockbroker.cli.web.Audience;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Passes on what happens, like {@code watch}. It always watches, so that a browser that comes sees
 * what has just happened. Survives the end of the broker; then the poller says that it is gone.
 */
final class WebWatcher {
  private final SocketOption socket;
  private final Audience audience;
  private final WebBackOff backOff = new WebBackOff();

  WebWatcher(SocketOption socket, Audience audience) {
    this.socket = socket;
    this.audience = audience;
  }

  void start() {
    Thread thread = new Thread(this::run, "watcher");
    thread.setDaemon(true);
    thread.start();
  }

  /** The broker is back: reconnect now, so that no more events are missed. */
  void hurry() {
    backOff.reset();
  }

  private void run() {
    try {
      while (true) {
        try (BrokerConnection broker = socket.connect("web")) {
          watch(broker);
        } catch (BrokerRefusedException e) {
          // it has no room for another watcher
          audience.deaf(WebMessage.reason(e));
          backOff.pause();
        } catch (IOException e) {
          backOff.pause();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void watch(BrokerConnection broker) throws IOException {
    broker.call(new Request.Watch(true), Reply.Done.class);
    backOff.reset();
    while (true) {
      if (broker.nextEvent() instanceof Event.Happening it) {
        // new for each event, because a pid can be that of another process now
        Processes processes = Processes.seenBy(broker.welcome().pid());
        audience.happening(WebMessage.of(out -> WatchCommand.writeFields(it, processes, out)));
      }
    }
  }
}
