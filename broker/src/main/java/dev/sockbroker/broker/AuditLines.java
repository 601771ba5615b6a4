package dev.sockbroker.broker;

import dev.sockbroker.broker.core.AuditEntry;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/** Formats an {@link AuditEntry} as one line of JSON. */
final class AuditLines {
  /** ASCII only, so that no name can send control sequences to a terminal or begin a line. */
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final String prefix;

  /**
   * @param prefix before each line, such as a priority for the journal
   */
  AuditLines(String prefix) {
    this.prefix = prefix;
  }

  byte[] line(AuditEntry entry) {
    return (prefix + json(entry) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String json(AuditEntry it) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeStringProperty("audit", it.errno() == null ? "allowed" : "refused");
      json.writeStringProperty("time", Instant.ofEpochMilli(it.timeMillis()).toString());
      json.writeNumberProperty("session", it.session());
      json.writeNumberProperty("pid", it.pid());
      json.writeNumberProperty("uid", it.uid());
      write(json, "unit", it.unit());
      json.writeStringProperty("action", it.action());
      write(json, "object", it.object());
      write(json, "rule", it.rule());
      write(json, "errno", it.errno());
      write(json, "reason", it.reason());
      if (it.dropped() > 0) {
        json.writeNumberProperty("dropped", it.dropped());
      }
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, String name, String value) {
    if (value == null) {
      json.writeNullProperty(name);
    } else {
      json.writeStringProperty(name, value);
    }
  }
}
