package dev.sockbroker.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnitsTest {
  @Test
  void shouldBeTheFirstPartThatIsNoSlice() {
    assertThat(Units.of("0::/system.slice/web@1.service\n"))
        .containsExactly("system.slice", "web@1.service");
    assertThat(
            Units.of(
                "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
                    + "cri-containerd-1.scope\n"))
        .startsWith("kubepods.slice")
        .endsWith("cri-containerd-1.scope");
    assertThat(Units.of("0::/kubepods/burstable/pod1/2\n")).containsExactly("kubepods");
  }

  /** A user's own manager names its units as it likes. */
  @Test
  void shouldNotBeWhatAUserHasNamed() {
    assertThat(
            Units.of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/web@1.service\n"))
        .containsExactly("user.slice", "user-1000.slice", "user@1000.service");
  }

  @Test
  void shouldReadTheHierarchyOfSystemdInVersion1() {
    assertThat(
            Units.of(
                "12:cpu:/x.slice\n"
                    + "1:name=systemd:/system.slice/a.service\n"
                    + "0::/system.slice/b.service\n"))
        .containsExactly("system.slice", "a.service");
  }

  @Test
  void shouldBeUnknownOutsideTheNamespaceAndWithoutText() {
    assertThat(Units.of("0::/../../kubepods.slice/x.scope\n")).isEqualTo(Units.UNKNOWN);
    assertThat(Units.of("")).isEqualTo(Units.UNKNOWN);
    assertThat(Units.of("0::/\n")).as("none").isEmpty();
  }
}
