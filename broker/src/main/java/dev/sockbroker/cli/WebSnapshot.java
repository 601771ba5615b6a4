package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.SessionInfo;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the broker has at one moment.
 *
 * @param administrator whether this user sees everything
 * @param comparable whether there was an earlier sample, so that there are rates
 */
record WebSnapshot(
    NameRates rates,
    boolean administrator,
    boolean comparable,
    List<SessionInfo> sessions,
    List<WebSelection> selections,
    Processes processes) {

  /**
   * @param before the previous sample of the same broker, or null
   * @param filters what to select rows by
   */
  static WebSnapshot take(BrokerConnection broker, NameSample before, Collection<String> filters)
      throws IOException {
    NameRates rates = NameRates.between(before, NameSample.take(broker));
    Processes processes = Processes.seenBy(broker.welcome().pid());
    List<WebSelection> selections = filters.stream().map(WebSelection::new).toList();
    DescriptorPages pages =
        new DescriptorPages(broker, new DescriptorPages.Filter(null, null, null, null, null));
    while (pages.hasNext()) {
      for (DescriptorInfo row : pages.next()) {
        selections.forEach(it -> it.add(row, processes));
      }
    }
    return new WebSnapshot(
        rates,
        broker.welcome().administrator(),
        before != null,
        SessionsCommand.sessions(broker),
        selections,
        processes);
  }

  /** Writes what belongs to a selection, with the names of {@code list}, {@code top} and others. */
  byte[] json(WebSelection selection) throws IOException {
    List<DescriptorInfo> rows = selection.rows();
    Set<Long> holders = rows.stream().map(DescriptorInfo::session).collect(Collectors.toSet());
    Set<Long> sockets = rows.stream().map(DescriptorInfo::socket).collect(Collectors.toSet());
    return WebMessage.of(
        out -> {
          out.field("filter", selection.filter());
          out.field("total", selection.total());
          out.field("matching", selection.matching());
          out.field("administrator", administrator);
          out.object("broker", () -> BrokerDetails.writeFields(rates.now().info(), out));
          writeRates(out);
          out.array("descriptors", () -> writeRows(rows, out));
          out.array("sessions", () -> writeSessions(holders, out));
          out.array("names", () -> writeNames(sockets, out));
        });
  }

  /** Only administrators get the counters. */
  private void writeRates(JsonOutput out) throws IOException {
    if (comparable && rates.now().isOfEverything()) {
      out.object("rates", () -> TopCommand.writeTotals(rates, out));
    } else {
      out.field("rates", null);
    }
  }

  private void writeRows(List<DescriptorInfo> rows, JsonOutput out) throws IOException {
    for (DescriptorInfo row : rows) {
      out.descriptor(row, processes);
    }
  }

  private void writeSessions(Set<Long> holders, JsonOutput out) throws IOException {
    for (SessionInfo it : sessions) {
      if (holders.contains(it.id())) {
        out.object(() -> SessionsCommand.writeFields(it, processes, out));
      }
    }
  }

  private void writeNames(Set<Long> sockets, JsonOutput out) throws IOException {
    for (NameRates.Row it : rates.names()) {
      if (sockets.contains(it.name().socket())) {
        out.object(() -> TopCommand.writeFields(it, out));
      }
    }
  }
}
