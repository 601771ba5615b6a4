package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Measures;
import dev.sockbroker.broker.core.Reports;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.metrics.Histogram;
import dev.sockbroker.broker.metrics.LogCounts;
import dev.sockbroker.broker.metrics.MetricsText;
import dev.sockbroker.broker.os.ThreadStart;
import dev.sockbroker.broker.recording.Recorder;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.ReportKind;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the reports about the broker. The loop only collects numbers; the texts are written by
 * threads of their own.
 */
final class Reporting implements Reports.Writer {
  private static final Logger LOG = LoggerFactory.getLogger(Reporting.class);

  private final BrokerLoop loop;
  private final Conductor conductor;
  private final Supplier<Limits> limits;
  private final Supplier<LogCounts> logs;
  private final Recorder recorder = new Recorder();

  Reporting(
      BrokerLoop loop, Conductor conductor, Supplier<Limits> limits, Supplier<LogCounts> logs) {
    this.loop = loop;
    this.conductor = conductor;
    this.limits = limits;
    this.logs = logs;
  }

  @Override
  public void record() {
    // The JVM's recorder has threads, too.
    if (!ThreadStart.attempt(recorder::start)) {
      throw ThreadStart.refusal("record");
    }
  }

  @Override
  public void discardRecording() {
    // Too slow for the loop. If no thread can start, the recording stops on its own.
    ThreadStart.start("report", recorder::discard);
  }

  @Override
  public void write(ReportKind kind, Consumer<String> done, Consumer<RefusedException> refused) {
    switch (kind) {
      case METRICS ->
          conductor.measure(
              measures -> {
                Histogram turns = loop.times().turns().copy();
                apart(() -> metrics(measures, turns), done, refused);
              });
      case THREADS -> apart(Reporting::threads, done, refused);
      case LOG -> apart(Logging::recentLines, done, refused);
      case LIMITS -> done.accept(limits.get().describe());
      case RECORDING ->
          apart(() -> Base64.getEncoder().encodeToString(recorder.finish()), done, refused);
    }
  }

  /** The metrics for a caller on another thread. */
  CompletableFuture<String> metrics() {
    CompletableFuture<String> text = new CompletableFuture<>();
    try {
      loop.execute(
          () ->
              write(
                  ReportKind.METRICS,
                  text::complete,
                  why -> text.completeExceptionally(rejected(why))));
    } catch (RejectedExecutionException e) {
      text.completeExceptionally(e);
    }
    return text;
  }

  /** The metrics know no errors of the contract. */
  private static Exception rejected(RefusedException why) {
    return why.errno() == Errno.ENOBUFS ? new RejectedExecutionException(why.getMessage()) : why;
  }

  private String metrics(Measures measures, Histogram turns) {
    return MetricsText.write(measures, turns, logs.get());
  }

  private void apart(
      Supplier<String> text, Consumer<String> done, Consumer<RefusedException> refused) {
    Runnable task =
        () -> {
          Runnable outcome = outcome(text, done, refused);
          try {
            loop.execute(outcome);
          } catch (RejectedExecutionException e) {
            LOG.debug("the broker has ended before a report", e);
          }
        };
    if (!ThreadStart.start("report", task)) {
      refused.accept(ThreadStart.refusal("write the report"));
    }
  }

  private static Runnable outcome(
      Supplier<String> text, Consumer<String> done, Consumer<RefusedException> refused) {
    try {
      String written = text.get();
      return () -> done.accept(written);
    } catch (RefusedException e) {
      return () -> refused.accept(e);
    } catch (RuntimeException e) {
      LOG.error("a report could not be written", e);
      return () ->
          refused.accept(
              new RefusedException(Errno.EIO, "internal error of the broker; see its log"));
    }
  }

  private static String threads() {
    return Arrays.stream(ManagementFactory.getThreadMXBean().dumpAllThreads(true, true))
        .map(Reporting::describe)
        .collect(Collectors.joining("\n"));
  }

  /** Includes the full stack; {@link ThreadInfo#toString} cuts it off. */
  private static String describe(ThreadInfo thread) {
    String head =
        "\"%s\" #%d %s%s%n"
            .formatted(
                thread.getThreadName(),
                thread.getThreadId(),
                thread.getThreadState(),
                thread.getLockName() == null ? "" : " on " + thread.getLockName());
    return Arrays.stream(thread.getStackTrace())
        .map(it -> "    at " + it + "\n")
        .collect(Collectors.joining("", head, ""));
  }
}
