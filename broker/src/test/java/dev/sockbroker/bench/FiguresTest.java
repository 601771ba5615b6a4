package dev.sockbroker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void shouldKeepThreeDigits() {
    assertThat(Figures.digits(0)).isEqualTo("0.00");
    assertThat(Figures.digits(1.004)).isEqualTo("1.00");
    assertThat(Figures.digits(12.34)).isEqualTo("12.3");
    assertThat(Figures.digits(150_000)).isEqualTo("150000");
  }

  @Test
  void shouldCountInPowersOf1024() {
    assertThat(Figures.count(64)).isEqualTo("64");
    assertThat(Figures.count(256 << 10)).isEqualTo("256K");
    assertThat(Figures.count(1 << 20)).isEqualTo("1M");
    assertThat(Figures.count(2.5 * (1L << 30))).isEqualTo("2.50G");
    assertThat(Figures.count(5.0 * (1L << 40))).isEqualTo("5120G");
  }

  @Test
  void shouldWriteBytesAndOperationsByTheirUnits() {
    Subject bytes = new Subject(Case.THROUGHPUT, "send", "native", 64, 1, 1);

    assertThat(Figures.rate(bytes, 3 << 20)).isEqualTo("3 MiB");
    assertThat(Figures.rate(bytes, 100)).isEqualTo("100 B");
    assertThat(Figures.rate(new Subject(Case.CONTROL, "set", "broker", 0, 0, 1), 1234.5))
        .isEqualTo("1235");
  }
}
