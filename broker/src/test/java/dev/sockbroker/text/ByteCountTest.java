package dev.sockbroker.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteCountTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1023, 1023",
    "1024, 1.0K",
    "1536, 1.5K",
    "10188, 9.9K",
    "10240, 10K",
    "1048064, 1.0M",
    "1047552, 1023K",
    "1048576, 1.0M",
    "1073741824, 1.0G",
    "9223372036854775807, 8.0E"
  })
  void shouldFormatInPowersOf1024(long bytes, String text) {
    assertThat(ByteCount.format(bytes)).isEqualTo(text);
  }

  @Test
  void shouldReadWhatPeopleWrite() {
    assertThat(ByteCount.parse("64")).isEqualTo(64);
    assertThat(ByteCount.parse("4K")).isEqualTo(4096);
    assertThat(ByteCount.parse("1M")).isEqualTo(1 << 20);
    for (String text : new String[] {"", "K", "4k", "4KB", "1.5K", "8G", "9223372036854775807"}) {
      assertThatThrownBy(() -> ByteCount.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + text + "'");
    }
  }
}
