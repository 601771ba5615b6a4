package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.sockbroker.broker.config.Configuration.LogFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LogLinesTest {
  private static final Exception DEFECT = new IOException("disk\nfull");

  @Test
  void shouldWriteTimeLevelAndMessage() {
    assertThat(line(LogFormat.TEXT, Level.INFO, "ready", null))
        .isEqualTo("2026-11-22T17:00:01.123Z INFO  ready\n");
  }

  @ParameterizedTest
  @CsvSource({"ERROR,3", "WARN,4", "INFO,6", "DEBUG,7", "TRACE,7"})
  void shouldWriteThePriorityForTheJournal(String level, int priority) {
    assertThat(line(LogFormat.JOURNAL, Level.toLevel(level), "ready", null))
        .isEqualTo("<" + priority + ">ready\n");
  }

  @Test
  void shouldWriteAJsonObject() {
    assertThat(line(LogFormat.JSON, Level.WARN, "said \"hi\"\n", null))
        .isEqualTo(
            "{\"time\":\"2026-11-22T17:00:01.123Z\",\"level\":\"WARN\","
                + "\"message\":\"said \\\"hi\\\"\\n\",\"logger\":\"a.Logger\","
                + "\"thread\":\"loop\"}\n");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
  void shouldStayOnOneLineWhateverAClientSent(LogFormat format) {
    String forged = "name\r\n<0>panic\u001b[2J\u0085\u2028end";

    String line = line(format, Level.INFO, forged, DEFECT);

    assertThat(line).endsWith("\n").doesNotContain("\r", "\u001b", "\tat ");
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
    assertThat(line).contains("java.io.IOException");
  }

  @Test
  void shouldBringTheStackTraceOfADefect() {
    String lines = line(LogFormat.JOURNAL, Level.ERROR, "a defect", DEFECT);

    assertThat(lines.lines()).hasSizeGreaterThan(2).allMatch(line -> line.startsWith("<3>"));
    assertThat(lines).contains("at " + LogLinesTest.class.getName());
  }

  @Test
  void shouldKeepAStackTraceInsideItsJsonObject() {
    String line = line(LogFormat.JSON, Level.ERROR, "a defect", DEFECT);

    assertThat(line.lines()).hasSize(1);
    assertThat(line).contains("\"stack\":\"java.io.IOException: disk");
  }

  private static String line(LogFormat format, Level level, String message, Throwable thrown) {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent(
            "", context.getLogger("a.Logger"), level, message, thrown, /* arguments */ null);
    event.setInstant(Instant.parse("2026-11-22T17:00:01.123Z"));
    event.setThreadName("loop");
    return new String(new LogLines(format).encode(event), StandardCharsets.UTF_8);
  }
}
