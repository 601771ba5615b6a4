package dev.sockbroker.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** A JSON document in one line, as an event needs it. */
final class WebMessage {
  /** What is in the document. */
  interface Content {
    void write(JsonOutput out) throws IOException;
  }

  private WebMessage() {}

  static byte[] of(Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonOutput out = new JsonOutput(bytes)) {
      out.document(() -> content.write(out));
    }
    // without the line feed
    return Arrays.copyOf(bytes.toByteArray(), bytes.size() - 1);
  }

  /** The first line of an error, without the advice below it. */
  static byte[] reason(IOException e) throws IOException {
    String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return of(out -> out.field("reason", first));
  }
}
