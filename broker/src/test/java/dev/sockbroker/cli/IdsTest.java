package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdsTest {
  @Test
  void shouldTellIdsFromNamesAndPaths() {
    assertThat(Ids.parse('s', "s17")).isEqualTo(17);
    assertThat(Ids.parse('d', "s17")).isNegative();
    assertThat(Ids.parse('s', "s")).isNegative();
    assertThat(Ids.parse('s', "s17x")).isNegative();
    assertThat(Ids.parse('s', "./s17")).isNegative();
    assertThat(Ids.parse('s', "s99999999999999999999")).isNegative();
  }
}
