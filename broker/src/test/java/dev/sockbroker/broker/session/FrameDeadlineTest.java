package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The time for hello and for the rest of a frame, also when the broker is upgraded meanwhile. */
class FrameDeadlineTest {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(FrameDeadline.PATIENCE_SECONDS);

  private final FrameDeadline deadline = new FrameDeadline();

  @Test
  void shouldBeMissedWithoutAFrame() {
    assertThat(deadline.begin(100)).isEqualTo(PATIENCE);
    assertThat(deadline.isSet()).isTrue();
    assertThat(deadline.end()).isTrue();
    assertThat(deadline.isSet()).isFalse();
  }

  @Test
  void shouldNotBeMissedWithAFrame() {
    deadline.begin(100);
    deadline.onFrame();
    assertThat(deadline.end()).isFalse();
  }

  @Test
  void shouldBeSavedWithoutAFrame() {
    assertThat(deadline.save()).isNull();
    deadline.begin(100);
    assertThat(deadline.save()).isEqualTo(100 + PATIENCE);
  }

  /** The next broker would take a client for silent that has just sent a frame. */
  @Test
  void shouldBePutOffForTheNextBrokerByAFrame() {
    deadline.begin(100);
    deadline.onFrame();
    assertThat(deadline.save()).isEqualTo(100 + 2 * PATIENCE);
  }

  @Test
  void shouldContinueInTheNextBroker() {
    assertThat(deadline.begin(500, 800)).isEqualTo(300);
    assertThat(deadline.save()).isEqualTo(800);
    assertThat(deadline.begin(900, 800)).as("it has passed").isZero();
    assertThat(deadline.end()).isTrue();
  }
}
