package dev.sockbroker.broker.core;

import dev.sockbroker.broker.core.ModelSocket.Waiting;
import java.util.List;
import java.util.Map;

/** Compares what every session is told with what the model says. */
final class ModelComparison {
  private final Model model;
  private final Map<Model.ModelSession, ModelClient> clients;

  ModelComparison(Model model, Map<Model.ModelSession, ModelClient> clients) {
    this.model = model;
    this.clients = clients;
  }

  /** Whether every session was told as much as the model says. */
  boolean isAnswered() {
    for (Model.ModelSession session : model.sessions) {
      ModelClient client = clients.get(session);
      if (!client.replies.keySet().containsAll(session.replies.keySet())
          || count(client.events) < count(session.events)) {
        return false;
      }
    }
    return true;
  }

  private static int count(Map<Long, List<String>> events) {
    return events.values().stream().mapToInt(List::size).sum();
  }

  /** Compares everything since the last call. Returns the first difference, or an empty text. */
  String compare() {
    String difference = "";
    for (Model.ModelSession session : model.sessions) {
      if (difference.isEmpty()) {
        difference = compare(session, clients.get(session));
      }
    }
    if (difference.isEmpty()) {
      for (Waiting it : model.open) {
        model.observed(it, clients.get(it.through.session()).replies.get(it.request));
      }
    }
    model.open.clear();
    for (Model.ModelSession session : model.sessions) {
      session.replies.clear();
      session.events.clear();
      clients.get(session).forget();
    }
    return difference;
  }

  private static String compare(Model.ModelSession session, ModelClient client) {
    boolean same = session.replies.keySet().equals(client.replies.keySet());
    for (Map.Entry<Long, String> it : session.replies.entrySet()) {
      same = same && matches(it.getValue(), client.replies.get(it.getKey()));
    }
    String who = "session " + session.id;
    if (!same) {
      return who + " must be answered " + session.replies + ", was answered " + client.replies;
    } else if (!session.events.equals(client.events)) {
      return who + " must hear " + session.events + ", heard " + client.events;
    }
    return client.answeredLate == 0 ? "" : who + " heard of events before the answer";
  }

  private static boolean matches(String expected, String actual) {
    if (expected.equals(actual)) {
      return true;
    }
    for (String one : expected.split("\\|")) {
      if (one.equals(actual) || one.equals("%") && actual.matches("[0-9]+")) {
        return true;
      }
    }
    return false;
  }
}
