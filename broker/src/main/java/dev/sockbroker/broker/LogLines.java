package dev.sockbroker.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.sockbroker.broker.config.Configuration.LogFormat;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Formats a log event as one line. Only an ERROR, which is a defect of the broker, includes a stack
 * trace. Control characters are escaped, so nothing that a client sends can produce a second line.
 */
final class LogLines extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final JsonFactory JSON = new JsonFactory();

  private final LogFormat format;

  /**
   * @param format not {@link LogFormat#AUTO}
   */
  LogLines(LogFormat format) {
    if (format == LogFormat.AUTO) {
      throw new IllegalArgumentException("AUTO must be resolved first");
    }
    this.format = format;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    String text = format == LogFormat.JSON ? json(event) : plain(event);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String plain(ILoggingEvent event) {
    String prefix =
        format == LogFormat.JOURNAL
            ? "<%d>".formatted(priority(event.getLevel()))
            : "%s %-5s ".formatted(time(event), event.getLevel());
    // The journal expects a priority on each line, not on each event.
    return lines(event).stream().map(line -> prefix + line + "\n").collect(Collectors.joining());
  }

  private static List<String> lines(ILoggingEvent event) {
    String first = escaped(message(event));
    String stack = stackTrace(event);
    return stack == null
        ? List.of(first)
        : Stream.concat(Stream.of(first), stack.lines().map(LogLines::escaped)).toList();
  }

  private static String json(ILoggingEvent event) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeStringProperty("time", time(event));
      json.writeStringProperty("level", event.getLevel().toString());
      json.writeStringProperty("message", message(event));
      json.writeStringProperty("logger", event.getLoggerName());
      json.writeStringProperty("thread", event.getThreadName());
      String stack = stackTrace(event);
      if (stack != null) {
        json.writeStringProperty("stack", stack);
      }
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }

  private static String message(ILoggingEvent event) {
    IThrowableProxy thrown = event.getThrowableProxy();
    return thrown == null || stackTrace(event) != null
        ? event.getFormattedMessage()
        : "%s: %s: %s"
            .formatted(event.getFormattedMessage(), thrown.getClassName(), thrown.getMessage());
  }

  private static String stackTrace(ILoggingEvent event) {
    IThrowableProxy thrown = event.getThrowableProxy();
    return thrown != null && event.getLevel().isGreaterOrEqual(Level.ERROR)
        ? ThrowableProxyUtil.asString(thrown)
        : null;
  }

  private static String time(ILoggingEvent event) {
    return TIME.format(Instant.ofEpochMilli(event.getTimeStamp()));
  }

  /** The syslog(3) priority, which sd-daemon(3) expects at the start of a line. */
  private static int priority(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> 3;
      case Level.WARN_INT -> 4;
      case Level.INFO_INT -> 6;
      default -> 7;
    };
  }

  private static String escaped(String text) {
    if (text.chars().noneMatch(LogLines::isControl)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 8);
    text.chars()
        .forEach(
            c -> {
              if (isControl(c)) {
                escaped.append("\\u%04x".formatted(c));
              } else {
                escaped.append((char) c);
              }
            });
    return escaped.toString();
  }

  /**
   * Includes the line breaks of Unicode. With a terminal escape or a second line a client could
   * forge a log entry.
   */
  private static boolean isControl(int c) {
    return c != '\t' && Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }
}
