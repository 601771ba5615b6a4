package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocketAddressesTest {
  private final SocketAddresses addresses =
      new SocketAddresses(new NetworkInterfaces(new SystemCalls()));

  @ParameterizedTest
  @CsvSource({
    "INET, 127.0.0.1, 65535, 127.0.0.1",
    "INET6, ::1, 80, ::1",
    "INET6, 192.0.2.7, 1, ::ffff:192.0.2.7",
    "INET6, fe80::1%lo, 2, fe80::1%lo",
    "INET6, fe80::1%1, 3, fe80::1%lo",
    "INET6, fe80::1%999999, 3, fe80::1%999999"
  })
  void shouldReadWhatItWrote(Family family, String host, int port, String read) {
    int length = addresses.write(family, Address.inet(host, port));
    assertThat(addresses.read(length)).isEqualTo(Address.inet(read, port));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/run/x.sock", "@abstract", "@", "@ä\0b", "/ä"})
  void shouldReadThePathThatItWrote(String path) {
    int length = addresses.write(Family.UNIX, Address.unix(path));
    assertThat(addresses.read(length)).isEqualTo(Address.unix(path));
  }

  @Test
  void shouldTakePathsUpToTheKernelsLength() {
    String longest = "/" + "x".repeat(106);
    assertThat(addresses.write(Family.UNIX, Address.unix(longest))).isEqualTo(2 + 108);
    assertRefused(Errno.ENAMETOOLONG, Family.UNIX, Address.unix(longest + "x"));
    String longestAbstract = "@" + "x".repeat(107);
    assertThat(addresses.write(Family.UNIX, Address.unix(longestAbstract))).isEqualTo(2 + 108);
    assertRefused(Errno.ENAMETOOLONG, Family.UNIX, Address.unix(longestAbstract + "x"));
    assertRefused(Errno.ENAMETOOLONG, Family.UNIX, Address.unix("/" + "ä".repeat(54)));
  }

  @Test
  void shouldRefuseWhatIsNoAddressOfTheFamily() {
    assertRefused(Errno.EAFNOSUPPORT, Family.INET, Address.inet("::1", 1));
    assertRefused(Errno.EAFNOSUPPORT, Family.INET, Address.unix("/x"));
    assertRefused(Errno.EAFNOSUPPORT, Family.INET6, Address.unix("/x"));
    assertRefused(Errno.EAFNOSUPPORT, Family.UNIX, Address.inet("127.0.0.1", 1));
    assertRefused(Errno.EINVAL, Family.INET, Address.inet("localhost", 1));
    assertRefused(Errno.EINVAL, Family.INET6, Address.inet("127.0.0.1%lo", 1));
    assertRefused(Errno.EINVAL, Family.INET6, Address.inet("%lo", 1));
    assertRefused(Errno.EINVAL, Family.UNIX, Address.unix("/a\0b"));
    assertRefused(Errno.ENODEV, Family.INET6, Address.inet("fe80::1%nosuch0", 1));
    assertRefused(Errno.ENODEV, Family.INET6, Address.inet("fe80::1%", 1));
    assertRefused(Errno.ENODEV, Family.INET6, Address.inet("fe80::1%an-endless-interface", 1));
  }

  private void assertRefused(int errno, Family family, Address address) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> addresses.write(family, address))
        .satisfies(e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
  }
}
