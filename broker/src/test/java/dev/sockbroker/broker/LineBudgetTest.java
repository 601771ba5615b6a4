package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LineBudgetTest {
  private static final long MINUTE = 60_000_000_000L;

  private final LoggerContext context = new LoggerContext();
  private final Logger logger = context.getLogger("a");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private long now = Long.MAX_VALUE - MINUTE / 2;

  @BeforeEach
  void start() {
    context.addTurboFilter(new LineBudget(() -> now));
    lines.start();
    context.getLogger("ROOT").addAppender(lines);
  }

  private void warn(int times) {
    for (int i = 0; i < times; i++) {
      logger.warn("a client did {}", i);
    }
  }

  @Test
  void shouldWriteABoundedNumberInAMinuteAndSayHowManyItLeftOut() {
    warn(LineBudget.LINES_PER_MINUTE + 7);
    assertThat(lines.list).hasSize(LineBudget.LINES_PER_MINUTE);

    now += MINUTE;
    warn(1);

    assertThat(lines.list.stream().skip(LineBudget.LINES_PER_MINUTE))
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("7 lines were suppressed, because they were too many", "a client did 0");
  }

  @Test
  void shouldLeaveOtherLoggersOtherLevelsAndInformationAlone() {
    warn(LineBudget.LINES_PER_MINUTE);

    logger.error("another level");
    context.getLogger("b").warn("another logger");
    for (int i = 0; i < 2 * LineBudget.LINES_PER_MINUTE; i++) {
      logger.info("information");
    }

    assertThat(lines.list).hasSize(3 * LineBudget.LINES_PER_MINUTE + 2);
  }

  @Test
  void shouldNotCountQuestionsForTheLevel() {
    for (int i = 0; i < 2 * LineBudget.LINES_PER_MINUTE; i++) {
      assertThat(logger.isWarnEnabled()).isTrue();
    }
    warn(1);

    assertThat(lines.list).hasSize(1);
  }
}
