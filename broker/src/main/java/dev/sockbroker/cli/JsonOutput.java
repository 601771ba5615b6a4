package dev.sockbroker.cli;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Registration;
import dev.sockbroker.text.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * JSON output for programs. broker/README.md describes the format. {@link #VERSION} changes when a
 * field is removed or changes its meaning, but not when a field is added. A field without a value
 * is null and never left out.
 */
final class JsonOutput implements Closeable {
  static final int VERSION = 1;

  private final JsonGenerator out;

  /** Escapes non-ASCII characters, so that no name can send control sequences to a terminal. */
  JsonOutput(OutputStream bytes) {
    JsonFactory factory =
        JsonFactory.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .build();
    out = factory.createGenerator(ObjectWriteContext.empty(), bytes);
  }

  /** The content of an object or array: any number of calls of this class's methods. */
  interface Content {
    void write() throws IOException;
  }

  /** Writes an object without a name. */
  void object(Content content) throws IOException {
    out.writeStartObject();
    content.write();
    out.writeEndObject();
  }

  /** Writes a complete document: an object with the version, followed by a line feed. */
  void document(Content content) throws IOException {
    guarded(
        () -> {
          out.writeStartObject();
          field("version", VERSION);
          content.write();
          out.writeEndObject();
          out.writeRaw('\n');
          out.flush();
        });
  }

  void array(String name, Content content) throws IOException {
    out.writeName(name).writeStartArray();
    content.write();
    out.writeEndArray();
  }

  void object(String name, Content content) throws IOException {
    out.writeName(name);
    object(content);
  }

  /** Writes a number, text, boolean, collection, map or null. */
  void field(String name, Object value) throws IOException {
    out.writeName(name);
    value(value);
  }

  void socket(String name, long id) throws IOException {
    field(name, id == 0 ? null : Ids.socket(id));
  }

  void descriptor(String name, long id) throws IOException {
    field(name, id == 0 ? null : Ids.descriptor(id));
  }

  void address(String name, Address address) throws IOException {
    if (address == null) {
      field(name, null);
    } else if (address.path() != null) {
      object(name, () -> field("path", address.path()));
    } else {
      object(
          name,
          () -> {
            field("host", address.host());
            field("port", address.port());
          });
    }
  }

  void registration(Registration it) throws IOException {
    if (it == null) {
      field("registration", null);
      return;
    }
    object(
        "registration",
        () -> {
          descriptor("descriptor", it.descriptor());
          field("session", it.session());
          field("pid", pid(it.pid()));
          field("form", it.object() == 0 ? "message" : "event");
          field("object", it.object() == 0 ? null : it.object());
          field("events", it.events() == null ? List.of() : it.events());
          field("number", it.number());
        });
  }

  /** Writes a row of the list. */
  void descriptor(DescriptorInfo row, Processes processes) throws IOException {
    boolean held = row.id() != 0;
    object(
        () -> {
          descriptor("descriptor", row.id());
          socket("socket", row.socket());
          field("name", row.name());
          field("ownerUid", row.ownerUid());
          field("kind", Kind.of(row.family(), row.type()));
          address("local", row.local());
          address("peer", row.peer());
          field("state", row.state());
          field("session", held ? row.session() : null);
          field("pid", pid(row.pid()));
          field("uid", held ? row.uid() : null);
          field("user", held ? processes.user(row.uid()) : null);
          field("command", processes.command(row.pid()));
          field("client", row.client());
          field("rights", row.rights() == null ? List.of() : row.rights());
          registration(row.registration());
          field("queuedIn", row.queuedIn());
          field("queuedOut", row.queuedOut());
          field("bytesIn", row.bytesIn());
          field("bytesOut", row.bytesOut());
          field("ageMillis", row.ageMillis());
          field("inode", row.inode() == 0 ? null : row.inode());
          field("exported", row.exported());
          field("ringBytes", row.ringBytes());
          field("stream", row.stream());
          field("standby", row.standby() == 0 ? null : row.standby());
          field("unattended", row.unattended());
          field("retainMillis", row.retainMillis());
          field("closesInMillis", row.closesInMillis());
          socket("listener", row.listener());
        });
  }

  /** Writes a holder that is a standby for the registration. */
  void standby(DescriptorInfo row) throws IOException {
    object(
        () -> {
          descriptor("descriptor", row.id());
          field("session", row.session());
          field("pid", pid(row.pid()));
          field("number", row.standby());
        });
  }

  /** Pid 0 means a process of another pid namespace. */
  static Integer pid(int pid) {
    return pid == 0 ? null : pid;
  }

  @Override
  public void close() throws IOException {
    guarded(out::close);
  }

  /** Writes a value without a name. */
  void value(Object value) throws IOException {
    // no switch, and frequent types first: anything else is slow in a program that ends before it
    // is optimized
    if (value == null) {
      out.writeNull();
    } else if (value instanceof String || value instanceof Enum<?>) {
      out.writeString(value.toString());
    } else if (value instanceof Long || value instanceof Integer) {
      out.writeNumber(((Number) value).longValue());
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else if (value instanceof Double number) {
      out.writeNumber(number);
    } else if (value instanceof Boolean truth) {
      out.writeBoolean(truth);
    } else if (value instanceof Collection<?> items) {
      out.writeStartArray();
      for (Object item : items) {
        value(item);
      }
      out.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        field(entry.getKey().toString(), entry.getValue());
      }
      out.writeEndObject();
    } else {
      out.writeString(value.toString());
    }
  }

  /** Jackson wraps the stream's exception. The caller must see the stream's own exception. */
  private static void guarded(Content write) throws IOException {
    try {
      write.write();
    } catch (JacksonIOException e) {
      throw e.getCause();
    }
  }
}
