package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import java.io.IOException;

/** Reads a report of the broker, which comes in parts. */
final class ReportText {
  private ReportText() {}

  static String read(BrokerConnection broker, ReportKind kind) throws IOException {
    StringBuilder text = new StringBuilder();
    Reply.ReportPart part;
    do {
      part = broker.call(new Request.ReadReport(kind, text.length()), Reply.ReportPart.class);
      text.append(part.text() == null ? "" : part.text());
    } while (part.more());
    return text.toString();
  }
}
