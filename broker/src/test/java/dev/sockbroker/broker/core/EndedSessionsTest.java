package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class EndedSessionsTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(EndedSessions.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private long now;
  private final EndedSessions ended = new EndedSessions(() -> now);

  @BeforeEach
  void listen() {
    logger.setLevel(Level.INFO);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    logger.setLevel(null);
  }

  private List<String> lines() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void shouldCountThoseThatAreTooManyToTell() {
    for (int i = 0; i < 100; i++) {
      ended.onEnded(10, "its ring is misused");
    }
    assertThat(lines()).hasSize(20).containsOnly("session of pid 10 is ended: its ring is misused");

    now += TimeUnit.SECONDS.toNanos(11);
    ended.onEnded(11, "it does not read");
    assertThat(lines())
        .endsWith(
            "80 more sessions were ended in a short time",
            "session of pid 11 is ended: it does not read");
  }
}
