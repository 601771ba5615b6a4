package dev.sockbroker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyTest {
  @Test
  void shouldComeToAnotherProcessAsOneWord() {
    Histogram nanos = Latency.histogram();
    nanos.recordValue(1);
    nanos.recordValueWithCount(12_345_678, 1000);
    nanos.recordValue(Long.MAX_VALUE / 4);

    String word = Latency.encode(nanos);

    assertThat(word).doesNotContainAnyWhitespaces();
    assertThat(Latency.decode(word)).isEqualTo(nanos);
  }
}
