package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadSizeTest {
  private final ReadSize size = new ReadSize();

  @Test
  void shouldGrowWithFullReads() {
    assertThat(size.bytes()).isEqualTo(ReadShares.SMALL_BYTES);
    size.onRead(size.bytes());
    size.onRead(size.bytes());
    size.onRead(size.bytes());
    assertThat(size.bytes()).isEqualTo(ReadSize.MAX);
  }

  @Test
  void shouldShrinkAfterTwoSmallReads() {
    size.onRead(size.bytes());
    int large = size.bytes();
    size.onRead(1);
    assertThat(size.bytes()).isEqualTo(large);
    size.onRead(1);
    assertThat(size.bytes()).isEqualTo(large / 2);
  }

  @Test
  void shouldStayForReadsThatFit() {
    size.onRead(size.bytes());
    int large = size.bytes();
    for (int i = 0; i < 10; i++) {
      size.onRead(large - 1);
    }
    assertThat(size.bytes()).isEqualTo(large);
  }

  @Test
  void shouldNotBecomeSmallerThanASmallRead() {
    for (int i = 0; i < 10; i++) {
      size.onRead(1);
    }
    assertThat(size.bytes()).isEqualTo(ReadShares.SMALL_BYTES);
  }
}
