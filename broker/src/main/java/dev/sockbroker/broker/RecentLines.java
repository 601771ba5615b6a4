package dev.sockbroker.broker;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.sockbroker.broker.config.Configuration.LogFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/** Keeps the last lines of the log for a bug report. Any thread. */
final class RecentLines extends AppenderBase<ILoggingEvent> {
  private static final int ENTRIES_MAX = 500;
  private static final int ENTRY_CHARACTERS_MAX = 4000;

  private final LogLines format = new LogLines(LogFormat.TEXT);
  private final ArrayDeque<String> entries = new ArrayDeque<>();

  @Override
  protected void append(ILoggingEvent event) {
    String text = new String(format.encode(event), StandardCharsets.UTF_8);
    if (text.length() > ENTRY_CHARACTERS_MAX) {
      text = text.substring(0, ENTRY_CHARACTERS_MAX) + "...\n";
    }
    synchronized (entries) {
      if (entries.size() == ENTRIES_MAX) {
        entries.removeFirst();
      }
      entries.addLast(text);
    }
  }

  /** The lines, the oldest first. */
  String text() {
    synchronized (entries) {
      return String.join("", entries);
    }
  }
}
