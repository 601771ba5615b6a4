package dev.sockbroker.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Refreshes the screen of {@code top} and follows the keys. */
final class TopLoop {
  private static final int END_OF_INPUT = -1;
  private static final int BACKSPACE = 0x7f;
  private static final int CONTROL_H = 0x08;
  private static final int FILTER_MAX = 60;

  private final BrokerConnection broker;
  private final Screen screen;
  private final TopView view;
  private final long intervalMillis;
  private NameSample before;
  private NameRates shown;

  /** Null unless a filter is being typed. */
  private StringBuilder typed;

  private boolean paused;
  private boolean over;

  TopLoop(BrokerConnection broker, Screen screen, TopView view, long intervalMillis) {
    this.broker = broker;
    this.screen = screen;
    this.view = view;
    this.intervalMillis = intervalMillis;
  }

  void run() throws IOException, InterruptedException {
    while (!over) {
      if (!paused) {
        NameSample now = NameSample.take(broker);
        shown = NameRates.between(before, now);
        before = now;
      }
      screen.measure();
      waitForKeys(System.nanoTime() + intervalMillis * 1_000_000);
    }
  }

  private void waitForKeys(long untilNanos) throws IOException, InterruptedException {
    int key;
    do {
      show();
      key = Screen.key(Math.max(0, (untilNanos - System.nanoTime()) / 1_000_000));
      if (key != 0) {
        onKey(key);
      }
    } while (key != 0 && !over);
  }

  private void show() throws IOException {
    List<String> lines = new ArrayList<>(view.lines(shown, screen.columns(), screen.rows(), true));
    int room = Math.max(1, screen.rows() - 1);
    if (lines.size() > room) {
      lines.subList(room, lines.size()).clear();
    }
    while (lines.size() < room) {
      lines.add("");
    }
    lines.add(DisplayWidth.beginning(lastLine(), screen.columns()));
    screen.show(lines);
  }

  private String lastLine() {
    if (typed != null) {
      return "show names with: " + Terminal.printable(typed.toString()) + "_";
    }
    return (paused ? "paused; " : "")
        + "sort: a i o c w h n   filter: /   "
        + (paused ? "go on" : "pause")
        + ": space   end: q";
  }

  private void onKey(int key) {
    if (typed != null) {
      type(key);
      return;
    }
    switch (key) {
      case 'q', 'Q', END_OF_INPUT -> over = true;
      case ' ' -> paused = !paused;
      case '/' -> typed = new StringBuilder(view.filter());
      case 'a' -> view.order(NameColumn.ACCEPTS);
      case 'i' -> view.order(NameColumn.IN);
      case 'o' -> view.order(NameColumn.OUT);
      case 'c' -> view.order(NameColumn.CONNECTIONS);
      case 'w' -> view.order(NameColumn.WAITING);
      case 'h' -> view.order(NameColumn.HOLDERS);
      case 'n' -> view.order(NameColumn.NAME);
      default -> {
        // Other keys do nothing.
      }
    }
  }

  private void type(int key) {
    if (key == '\n' || key == '\r') {
      view.filter(typed.toString());
      typed = null;
    } else if (key == END_OF_INPUT) {
      over = true;
    } else if (key == BACKSPACE || key == CONTROL_H) {
      typed.setLength(Math.max(0, typed.length() - 1));
    } else if (key >= ' ' && key < BACKSPACE && typed.length() < FILTER_MAX) {
      typed.append((char) key);
    }
  }
}
