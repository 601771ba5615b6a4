package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressesTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1:80",
    "0:0:0:0:0:0:0:1, [::1]:80",
    "2001:db8:0:0:0:0:0:1, [2001:db8::1]:80"
  })
  void shouldShortenIpv6AddressesInMessages(String host, String text) {
    assertThat(Addresses.text(new InetSocketAddress(host, 80))).isEqualTo(text);
  }

  @Test
  void shouldTellOtherAddressesAsTheyAre() {
    assertThat(Addresses.text(InetSocketAddress.createUnresolved("web.example", 80)))
        .contains("web.example", "80");
    assertThat(Addresses.text(UnixDomainSocketAddress.of("/run/web"))).isEqualTo("/run/web");
    assertThat(Addresses.text(null)).isEqualTo("null");
  }
}
