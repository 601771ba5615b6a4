package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.protocol.Reply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Collects {@link Measures}. Sockets are not counted by kind and state, so it goes through them, a
 * limited number in each task, so that clients do not have to wait. Loop thread only.
 */
final class Measuring {
  /** The maximum number of names and of users used as labels. Each label is a time series. */
  private static final int LABELS_MAX = 100;

  /** How many sockets one task looks at. */
  private static final int LOOKS_MAX = 2000;

  private final Environment environment;
  private final SocketTable sockets;
  private final Accounts accounts;
  private final RequestCounts requests;
  private final AuditTrail audit;
  private final Reloads reloads;
  private final Supplier<Reply.BrokerInfo> info;

  Measuring(
      Environment environment,
      SocketTable sockets,
      Accounts accounts,
      RequestCounts requests,
      AuditTrail audit,
      Reloads reloads,
      Supplier<Reply.BrokerInfo> info) {
    this.environment = environment;
    this.sockets = sockets;
    this.accounts = accounts;
    this.requests = requests;
    this.audit = audit;
    this.reloads = reloads;
    this.info = info;
  }

  /**
   * @param done gets the measures, in this task or a later one
   */
  void measure(Consumer<Measures> done) {
    count(0, new HashMap<>(), done);
  }

  private void count(long afterSocket, Map<Measures.Kind, Integer> kinds, Consumer<Measures> done) {
    NavigableMap<Long, OwnedSocket> rest = sockets.sockets().tailMap(afterSocket, false);
    int looks = 0;
    for (OwnedSocket socket : rest.values()) {
      kinds.merge(kind(socket), 1, Integer::sum);
      looks++;
      if (looks == LOOKS_MAX) {
        environment.loop().execute(() -> count(socket.id(), kinds, done));
        return;
      }
    }
    done.accept(measures(kinds));
  }

  private static Measures.Kind kind(OwnedSocket socket) {
    return new Measures.Kind(
        socket.kernel().family(), socket.kernel().type(), socket.transport().state());
  }

  private Measures measures(Map<Measures.Kind, Integer> kinds) {
    List<OwnedSocket> named =
        sockets.named().stream()
            .sorted(Comparator.comparingLong(OwnedSocket::id))
            .limit(LABELS_MAX)
            .toList();
    List<Reply.NameInfo> names = new ArrayList<>();
    named.forEach(it -> names.add(NameRows.of(it, true)));
    Tally tally = sockets.tally();
    return new Measures(
        info.get(),
        kinds,
        names,
        sockets.nameCount() - names.size(),
        requests.kinds(),
        requests.errors(),
        requests.denials(),
        tally.events,
        tally.expiredRetentions,
        byLane(tally.bytesIn),
        byLane(tally.bytesOut),
        accounts.usage(),
        accounts.usageByUser(LABELS_MAX),
        reloads.count(),
        reloads.failures(),
        environment.terms().policy().rules().size(),
        audit.counts());
  }

  /** Leaves out the raw fd, because its bytes cannot be counted. */
  private static Map<String, Long> byLane(long[] bytes) {
    Map<String, Long> lanes = new TreeMap<>();
    for (PolicyLane lane : PolicyLane.values()) {
      if (lane != PolicyLane.FD) {
        lanes.put(lane.toString(), bytes[lane.ordinal()]);
      }
    }
    return lanes;
  }
}
