package dev.sockbroker.cli.web;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** The browsers that look at the page. Thread-safe. */
public final class Audience {
  /** How many past events a new browser gets, and how many are queued for a slow one. */
  static final int RECENT_MAX = 200;

  private static final int VIEWERS_MAX = 8;
  private static final int FILTER_MAX = 100;

  private final List<Viewer> viewers = new ArrayList<>();
  private final Deque<byte[]> recent = new ArrayDeque<>();
  private long lastHappening;
  private boolean someoneCame;

  /** Adds a browser for the current thread. Null if there are too many. */
  synchronized Viewer join(String filter) {
    if (viewers.size() == VIEWERS_MAX) {
      return null;
    }
    String wanted = filter == null ? "" : filter.strip();
    Viewer viewer = new Viewer(wanted.substring(0, Math.min(FILTER_MAX, wanted.length())), recent);
    viewers.add(viewer);
    someoneCame = true;
    notifyAll();
    return viewer;
  }

  synchronized void leave(Viewer viewer) {
    viewers.remove(viewer);
  }

  /**
   * Waits until somebody looks. Returns what the browsers filter by; an empty text is no filter.
   */
  public synchronized Set<String> awaitFilters() throws InterruptedException {
    while (viewers.isEmpty()) {
      wait();
    }
    someoneCame = false;
    Set<String> filters = new TreeSet<>();
    viewers.forEach(it -> filters.add(it.filter()));
    return filters;
  }

  /** Waits for that time, or until another browser comes, which should not have to wait. */
  public synchronized void pause(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long left = millis;
    while (!someoneCame && left > 0) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
  }

  /** Whether somebody looks. */
  public synchronized boolean isThere() {
    return !viewers.isEmpty();
  }

  /** Shows a snapshot to those who filter by this. */
  public synchronized void snapshot(String filter, byte[] json) {
    byte[] message = message("snapshot", 0, json);
    viewers.stream().filter(it -> it.filter().equals(filter)).forEach(it -> it.state(message));
    viewers.forEach(Viewer::endIfStuck);
  }

  /** Says that the broker is gone. */
  public synchronized void gone(byte[] json) {
    byte[] message = message("gone", 0, json);
    viewers.forEach(it -> it.state(message));
    viewers.forEach(Viewer::endIfStuck);
  }

  /** Tells everybody what happened. A gap in the numbers shows a browser that it missed some. */
  public synchronized void happening(byte[] json) {
    byte[] message = message("happening", ++lastHappening, json);
    if (recent.size() == RECENT_MAX) {
      recent.removeFirst();
    }
    recent.addLast(message);
    viewers.forEach(it -> it.happening(message));
  }

  /** Tells all browsers why events are unavailable. */
  public synchronized void deaf(byte[] json) {
    byte[] message = message("deaf", 0, json);
    viewers.forEach(it -> it.happening(message));
  }

  synchronized void close() {
    viewers.forEach(Viewer::close);
  }

  /**
   * A server-sent event.
   *
   * @param json one line
   */
  private static byte[] message(String event, long id, byte[] json) {
    String number = id == 0 ? "" : "id: " + id + "\n";
    ByteArrayOutputStream message = new ByteArrayOutputStream(json.length + 64);
    message.writeBytes(
        ("event: " + event + "\n" + number + "data: ").getBytes(StandardCharsets.US_ASCII));
    message.writeBytes(json);
    message.writeBytes("\n\n".getBytes(StandardCharsets.US_ASCII));
    return message.toByteArray();
  }
}
