package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LostEntriesTest {
  private static final IOException FULL = new IOException("No space left on device");

  private final Logger logger = (Logger) LoggerFactory.getLogger(LostEntries.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private long nanos;
  private final LostEntries lost = new LostEntries("/x", () -> nanos);

  @BeforeEach
  void start() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(log);
  }

  private void lose(int count) {
    for (int i = 0; i < count; i++) {
      lost.add(FULL);
    }
  }

  private List<String> lines() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void shouldSayHowManyOnceAMinute() {
    lose(3);
    nanos += Duration.ofSeconds(61).toNanos();
    lose(2);
    lost.end();
    assertThat(lines())
        .containsExactly(
            "the audit cannot be written to /x: No space left on device; entries lost: 1",
            "the audit cannot be written to /x: No space left on device; entries lost: 3",
            "the audit could not be written to /x; more entries lost: 1");
  }

  /** A disk with little room must not fill the log. */
  @Test
  void shouldStayQuietWhenTheTargetTakesSomeNowAndThen() {
    for (int i = 0; i < 10; i++) {
      lose(2);
      lost.onWritten();
    }
    assertThat(lines()).hasSizeLessThan(3);
    nanos += Duration.ofSeconds(61).toNanos();
    lose(1);
    assertThat(lines().getLast()).endsWith("entries lost: 19");
  }
}
