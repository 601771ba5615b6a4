package dev.sockbroker.broker.metrics;

import dev.sockbroker.broker.core.Measures;
import dev.sockbroker.protocol.Reply.BrokerInfo;
import dev.sockbroker.protocol.Reply.NameInfo;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.text.Kind;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Writes what a broker counts in the text format of Prometheus. Any thread.
 *
 * @see <a href="https://prometheus.io/docs/practices/naming/">the conventions of names</a>
 */
public final class MetricsText {
  /** The type of the text in HTTP. */
  static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private final Families families = new Families();
  private final Measures measures;
  private final BrokerInfo info;

  private MetricsText(Measures measures) {
    this.measures = measures;
    info = measures.info();
  }

  /**
   * @param turns how long the turns of the loop took; nobody may change it meanwhile
   */
  public static String write(Measures measures, Histogram turns, LogCounts log) {
    MetricsText text = new MetricsText(measures);
    text.broker();
    text.tables();
    text.requests();
    text.traffic();
    text.names();
    text.limits();
    text.loop(turns);
    text.logs(log);
    text.configuration();
    new ProcessMetrics(text.families).add();
    return text.toText();
  }

  private String toText() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, families.snapshots());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private void broker() {
    families.gauges(
        "sockbroker_build",
        "The version of the running broker; always 1.",
        it -> it.add(1, "version", info.version()));
    families.gauge(
        "sockbroker_uptime_seconds",
        "How long the broker has run, upgrades included.",
        info.upMillis() / 1e3);
    families.counter("sockbroker_upgrades", "Upgrades of the broker.", info.upgrades());
    families.gauge(
        "sockbroker_last_upgrade_timestamp_seconds",
        "When the last upgrade was, as Unix time; 0 without one.",
        info.upgradedMillis() / 1e3);
    families.gauge(
        "sockbroker_last_upgrade_pause_seconds",
        "How long the last upgrade paused the broker.",
        info.pauseMicros() / 1e6);
    families.gauge(
        "sockbroker_outlives_crash",
        "1 if a holder keeps the sockets when the broker is killed, else 0.",
        info.holder() == 0 ? 0 : 1);
    families.gauge(
        "sockbroker_last_recovery_timestamp_seconds",
        "When this broker continued for a killed one, as Unix time; 0 for never.",
        info.recoveredMillis() / 1e3);
    families.gauge(
        "sockbroker_last_recovery_seconds", "How long that took.", info.recoveryMicros() / 1e6);
    families.gauge(
        "sockbroker_last_recovery_calls_in_doubt",
        "System calls of the killed broker that were not in its records.",
        info.inDoubt());
  }

  private void tables() {
    families.gauge("sockbroker_sessions", "Clients with a session.", info.sessions());
    families.gauges(
        "sockbroker_sockets",
        "Sockets by kind and state.",
        it -> measures.sockets().forEach((kind, count) -> it.add(count, labels(kind))));
    families.gauge("sockbroker_descriptors", "Descriptors on sockets.", info.descriptors());
    families.gauge("sockbroker_tokens", "Tokens that can still be redeemed.", info.tokens());
    families.gauge("sockbroker_event_objects", "Event objects.", info.eventObjects());
    families.gauge("sockbroker_registrations", "Sockets with a registrant.", info.registrations());
    families.gauge("sockbroker_streams", "Attached streams.", info.streams());
    families.gauge("sockbroker_rings", "Attached rings.", info.rings());
    families.gauge("sockbroker_exports", "Descriptors with an exported raw fd.", info.exports());
    families.gauge(
        "sockbroker_waiting_operations", "Requests that wait.", info.waitingOperations());
    families.gauge(
        "sockbroker_buffered_bytes", "Bytes that are kept for clients.", info.bufferedBytes());
    families.gauge("sockbroker_names", "Named sockets.", info.names());
    families.counter(
        "sockbroker_retentions_expired",
        "Sockets that were closed because nobody came back in time.",
        measures.expiredRetentions());
  }

  private static String[] labels(Measures.Kind kind) {
    return new String[] {
      "kind",
      Kind.of(kind.family(), kind.type()),
      "state",
      kind.state().name().toLowerCase(Locale.ROOT)
    };
  }

  private void requests() {
    families.counters(
        "sockbroker_requests",
        "Requests by kind and outcome.",
        it ->
            measures
                .requests()
                .forEach(
                    (kind, outcomes) -> {
                      it.add(outcomes.answered(), "request", kind, "outcome", "answered");
                      it.add(outcomes.refused(), "request", kind, "outcome", "refused");
                    }));
    families.counters(
        "sockbroker_refusals",
        "Refused requests by error.",
        it -> measures.errors().forEach((error, count) -> it.add(count, "error", error)));
    families.counter(
        "sockbroker_policy_denials", "Requests that the policy has refused.", measures.denials());
    families.counter("sockbroker_network_events", "Reported network events.", measures.events());
  }

  private void traffic() {
    families.counter(
        "sockbroker_accepts",
        "Accepted connections; one that is given back counts again, and the raw fd accepts alone.",
        info.accepts());
    families.counters(
        "sockbroker_transferred_bytes",
        "Bytes by lane and direction; those of raw fds are unknown.",
        it -> {
          measures.bytesIn().forEach((lane, n) -> it.add(n, "lane", lane, "direction", "in"));
          measures.bytesOut().forEach((lane, n) -> it.add(n, "lane", lane, "direction", "out"));
        });
  }

  /** At most a hundred names, because each adds several time series. */
  private void names() {
    families.gauge(
        "sockbroker_names_without_metrics",
        "Named sockets that have no metrics of their own, because there are too many.",
        measures.namesLeftOut());
    families.counters(
        "sockbroker_name_accepts",
        "Connections accepted from a named socket; one that is given back counts again.",
        it -> measures.names().forEach(name -> it.add(name.accepts(), "name", name.name())));
    families.counters(
        "sockbroker_name_transferred_bytes",
        "Bytes of a named socket and the connections accepted from it.",
        it -> {
          for (NameInfo name : measures.names()) {
            it.add(name.bytesIn(), "name", name.name(), "direction", "in");
            it.add(name.bytesOut(), "name", name.name(), "direction", "out");
          }
        });
    nameGauge("connections", "Open connections accepted from it.", NameInfo::connections);
    nameGauge("holders", "Descriptors on it.", NameInfo::holders);
    nameGauge("waiting_operations", "Requests that wait for it.", NameInfo::waiting);
    nameGauge("streams", "Streams on it and its connections.", NameInfo::streams);
    nameGauge("rings", "Rings on it and its connections.", NameInfo::rings);
    nameGauge("exports", "Raw fds of it and its connections.", NameInfo::exports);
    nameGauge(
        "unattended",
        "Whether connections wait and nobody is going to accept them.",
        it -> it.unattended() ? 1 : 0);
    listenerGauge("accept_queue_length", "Connections that wait to be accepted.", NameInfo::queued);
    listenerGauge("accept_queue_limit", "How many may wait, plus one.", NameInfo::backlog);
  }

  private void nameGauge(String what, String help, ToDoubleFunction<NameInfo> value) {
    families.gauges(
        "sockbroker_name_" + what,
        help,
        it ->
            measures
                .names()
                .forEach(name -> it.add(value.applyAsDouble(name), "name", name.name())));
  }

  private void listenerGauge(String what, String help, ToDoubleFunction<NameInfo> value) {
    families.gauges(
        "sockbroker_name_" + what,
        help,
        it ->
            measures.names().stream()
                .filter(name -> name.state() == SocketState.LISTENING)
                .forEach(name -> it.add(value.applyAsDouble(name), "name", name.name())));
  }

  private void limits() {
    families.gauges(
        "sockbroker_resource_limit",
        "The limit of a resource of the broker; infinite without one.",
        it -> measures.resources().forEach((name, use) -> it.add(limit(use), "resource", name)));
    families.gauges(
        "sockbroker_resource_used",
        "What is used of a resource of the broker.",
        it -> measures.resources().forEach((name, use) -> it.add(use.used(), "resource", name)));
    families.gauges(
        "sockbroker_quota_used_ratio",
        "What a user has of its share of a resource, 0 to 1; left out while it has nothing.",
        samples ->
            measures
                .users()
                .forEach(
                    (uid, resources) ->
                        resources.forEach((name, use) -> addShare(samples, uid, name, use))));
  }

  private static double limit(Measures.Usage use) {
    return use.limit() == Measures.Usage.UNLIMITED ? Double.POSITIVE_INFINITY : use.limit();
  }

  private static void addShare(
      Families.Samples samples, long uid, String resource, Measures.Usage use) {
    if (use.used() > 0 && use.limit() > 0) {
      samples.add(
          (double) use.used() / use.limit(), "uid", Long.toString(uid), "resource", resource);
    }
  }

  private void loop(Histogram turns) {
    families.counter(
        "sockbroker_loop_busy_seconds", "How long the loop has worked.", info.busyMicros() / 1e6);
    families.histogram("sockbroker_loop_turn_seconds", "The time of the loop's turns.", turns);
  }

  private void logs(LogCounts log) {
    families.counters(
        "sockbroker_log_lines_dropped",
        "Lines of the log that were left out: nobody took them, or there were too many.",
        it -> {
          it.add(log.dropped(), "reason", "queue");
          it.add(log.suppressed(), "reason", "rate");
        });
    families.counter(
        "sockbroker_audit_entries", "Recorded refusals and grants.", measures.audited().recorded());
    families.counter(
        "sockbroker_audit_entries_dropped",
        "Refusals and grants that were left out: a user had too many, or nobody took them.",
        measures.audited().leftOut() + log.auditLost());
  }

  private void configuration() {
    families.counters(
        "sockbroker_reloads",
        "Reloads of the configuration by outcome.",
        it -> {
          it.add(measures.reloads(), "outcome", "applied");
          it.add(measures.reloadFailures(), "outcome", "refused");
        });
    families.gauge("sockbroker_policy_rules", "Rules and denials in force.", measures.rules());
  }
}
