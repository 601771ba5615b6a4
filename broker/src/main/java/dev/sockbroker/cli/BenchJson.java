package dev.sockbroker.cli;

import dev.sockbroker.bench.Comparison;
import dev.sockbroker.bench.Report;
import dev.sockbroker.bench.ScalePoint;
import dev.sockbroker.bench.Series;
import dev.sockbroker.bench.Spread;
import dev.sockbroker.bench.Subject;
import java.io.IOException;

/** The report of a bench as JSON. broker/README.md describes the format. */
final class BenchJson {
  private final JsonOutput out;

  private BenchJson(JsonOutput out) {
    this.out = out;
  }

  static void write(Report report, JsonOutput out) throws IOException {
    out.document(() -> new BenchJson(out).report(report));
  }

  private void report(Report report) throws IOException {
    out.field("machine", report.machine());
    out.field("rounds", report.plan().rounds());
    out.field("roundMillis", report.plan().millis());
    out.field("pinned", report.pinned());
    out.object(
        "disturbance",
        () -> {
          out.field("repeated", report.disturbance().repeated());
          out.field("stolen", report.disturbance().stolen());
        });
    out.array(
        "series",
        () -> {
          for (Series series : report.series()) {
            out.object(() -> series(series));
          }
        });
    out.array(
        "comparisons",
        () -> {
          for (Comparison comparison : report.comparisons()) {
            out.object(() -> comparison(comparison));
          }
        });
    out.array(
        "scale",
        () -> {
          for (ScalePoint point : report.scale()) {
            out.object(() -> point(point));
          }
        });
  }

  private void subject(Subject subject) throws IOException {
    out.field("case", subject.kind().text());
    out.field("operation", subject.operation());
    out.field("lane", subject.lane());
    out.field("size", subject.size() == 0 ? null : subject.size());
    out.field("connections", subject.connections() == 0 ? null : subject.connections());
    out.field("pipeline", subject.pipeline());
  }

  private void series(Series series) throws IOException {
    subject(series.subject());
    spread("perSecond", series.perSecond());
    if (series.hasTimes()) {
      out.object(
          "micros",
          () -> {
            spread("p50", series.p50Micros());
            out.field("p99", series.micros(99));
            out.field("p999", series.micros(99.9));
            out.field("max", series.micros(100));
          });
    } else {
      out.field("micros", null);
    }
    out.object(
        "cpu",
        () -> {
          out.field("peer", series.cpu().peer());
          out.field("between", series.cpu().between());
          out.field("worker", series.cpu().worker());
        });
    out.field("cpuSecondsPerUnit", series.cpuPerUnit());
  }

  private void comparison(Comparison comparison) throws IOException {
    subject(comparison.these());
    out.field("against", comparison.those());
    out.field("metric", comparison.metric() == null ? null : comparison.metric().text());
    spread("value", comparison.value());
    if (comparison.goal() == null) {
      out.field("goal", null);
    } else {
      out.object(
          "goal",
          () -> {
            out.field("bound", comparison.goal().bound());
            out.field("atLeast", comparison.goal().atLeast());
            out.field("reached", comparison.isReached());
          });
    }
  }

  private void point(ScalePoint point) throws IOException {
    out.field("descriptors", point.descriptors());
    out.field("sockets", point.sockets());
    out.field("sessions", point.sessions());
    out.field("heapBytes", point.heapBytes());
    out.field("bytesPerSocket", point.bytesPerSocket());
    out.field("bytesPerDescriptor", point.bytesPerDescriptor());
    spread("listMillis", point.listMillis());
    spread("setRatio", point.set());
    spread("eventRatio", point.event());
  }

  private void spread(String name, Spread spread) throws IOException {
    out.object(
        name,
        () -> {
          out.field("median", spread.median());
          out.field("min", spread.min());
          out.field("max", spread.max());
        });
  }
}
