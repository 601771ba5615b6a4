package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.Saving;
import dev.sockbroker.broker.state.SavedConnection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The connections of all clients, and the sessions that live on without one. Loop thread only. */
public final class Connections {
  private final Set<FrameAdapter> all = new LinkedHashSet<>();
  private long last;

  void add(FrameAdapter connection) {
    all.add(connection);
  }

  /** Returns a number for a new connection. */
  long nextNumber() {
    return ++last;
  }

  boolean has(FrameAdapter connection) {
    return all.contains(connection);
  }

  void remove(FrameAdapter connection) {
    all.remove(connection);
  }

  /** Removes a connection that is closed and whose session has ended. */
  void onChange(FrameAdapter connection) {
    if (connection.isOver()) {
      all.remove(connection);
    }
  }

  /** Writes as much as the kernel takes, so that less is to be saved. */
  public void flush() {
    all.forEach(FrameAdapter::flush);
  }

  /** Serves all clients, because this broker owns their connections now. */
  void resume() {
    List.copyOf(all).forEach(FrameAdapter::resume);
  }

  /** Closes all connections, which ends their sessions later. */
  public void close() {
    List.copyOf(all).forEach(FrameAdapter::close);
  }

  /** Saves all connections after {@link #flush}. Changes nothing. */
  public List<SavedConnection> save(Saving saving) {
    return all.stream().map(it -> it.save(saving)).toList();
  }
}
