package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.BrokerInfo;
import dev.sockbroker.text.ByteCount;
import dev.sockbroker.text.Durations;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Writes the output of {@code show --broker}. */
final class BrokerDetails {
  private BrokerDetails() {}

  static void write(BrokerInfo info, Terminal terminal) throws IOException {
    new Fields()
        .add("pid", info.pid())
        .add("version", info.version())
        .add("up", Durations.format(info.upMillis()))
        .add("sessions", info.sessions())
        .add("sockets", info.sockets())
        .add("descriptors", info.descriptors())
        .add("tokens", info.tokens())
        .add("event objects", info.eventObjects())
        .add("registrations", info.registrations())
        .add("waiting operations", info.waitingOperations())
        .add("buffered bytes", ByteCount.format(info.bufferedBytes()))
        .add("names", info.names())
        .add("watched processes", info.watchedProcesses())
        .add(
            "file descriptors",
            info.fileDescriptors() + " (of sockets, connections and watched processes)")
        .add("exports", info.exports())
        .add("rings", info.rings())
        .add("ring bytes", ByteCount.format(info.ringBytes()))
        .add("streams", info.streams())
        .add("threads", info.threads() + " (that accept from exported listeners or look up hosts)")
        .add("upgrades", upgrades(info))
        .add("if it is killed", ifKilled(info))
        .add("recovered", recovered(info))
        .write(terminal);
  }

  private static String upgrades(BrokerInfo info) {
    return info.upgrades() == 0
        ? "0"
        : "%d (the last one at %s paused clients for %d ms)"
            .formatted(
                info.upgrades(),
                Instant.ofEpochMilli(info.upgradedMillis()).truncatedTo(ChronoUnit.SECONDS),
                Math.ceilDiv(info.pauseMicros(), 1000));
  }

  private static String ifKilled(BrokerInfo info) {
    return info.holder() == 0
        ? "its sockets close"
        : "its sockets are kept by the holder " + info.holder();
  }

  private static String recovered(BrokerInfo info) {
    return info.recoveredMillis() == 0
        ? "never"
        : "%s, in %d ms, %d calls in doubt"
            .formatted(
                Instant.ofEpochMilli(info.recoveredMillis()).truncatedTo(ChronoUnit.SECONDS),
                Math.ceilDiv(info.recoveryMicros(), 1000),
                info.inDoubt());
  }

  static void writeJson(BrokerInfo info, Terminal terminal) throws IOException {
    try (JsonOutput out = new JsonOutput(terminal.bytes())) {
      out.document(() -> writeFields(info, out));
    }
  }

  static void writeFields(BrokerInfo info, JsonOutput out) throws IOException {
    out.field("pid", info.pid());
    out.field("broker", info.version());
    out.field("upMillis", info.upMillis());
    out.field("sessions", info.sessions());
    out.field("sockets", info.sockets());
    out.field("descriptors", info.descriptors());
    out.field("tokens", info.tokens());
    out.field("eventObjects", info.eventObjects());
    out.field("registrations", info.registrations());
    out.field("waitingOperations", info.waitingOperations());
    out.field("bufferedBytes", info.bufferedBytes());
    out.field("names", info.names());
    out.field("watchedProcesses", info.watchedProcesses());
    out.field("fileDescriptors", info.fileDescriptors());
    out.field("exports", info.exports());
    out.field("rings", info.rings());
    out.field("ringBytes", info.ringBytes());
    out.field("streams", info.streams());
    out.field("threads", info.threads());
    out.field("upgrades", info.upgrades());
    out.field("upgradedMillis", info.upgrades() == 0 ? null : info.upgradedMillis());
    out.field("pauseMicros", info.upgrades() == 0 ? null : info.pauseMicros());
    boolean recovered = info.recoveredMillis() != 0;
    out.field("holder", info.holder() == 0 ? null : info.holder());
    out.field("recoveredMillis", recovered ? info.recoveredMillis() : null);
    out.field("recoveryMicros", recovered ? info.recoveryMicros() : null);
    out.field("inDoubt", recovered ? info.inDoubt() : null);
  }
}
