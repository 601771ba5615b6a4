package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which brokers would give their clients more rights than an ordinary user has. */
class PrivilegesTest {
  @Test
  void shouldFindRootWhateverItsCapabilitiesAre() {
    assertThat(Privileges.of(0, "0000000000000000")).isEqualTo("as root");
  }

  @Test
  void shouldFindCapabilitiesOtherThanThatForLowPorts() {
    assertThat(Privileges.of(1000, "0000000000000000")).isNull();
    assertThat(Privileges.of(1000, "0000000000000400")).isNull();
    assertThat(Privileges.of(1000, "0000000000001400")).contains("0000000000001400");
    assertThat(Privileges.of(1000, "ffffffffffffffff")).isNotNull();
  }
}
