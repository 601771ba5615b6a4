package dev.sockbroker.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Right;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PermissionsTest {
  private static final Subject WWW = new Subject(33, Set.of(33L, 50L), List.of("web@1.service"));

  private final List<String> lines = new ArrayList<>();

  private void add(boolean isDenial, String... pairs) {
    lines.add((isDenial ? "deny " : "rule ") + String.join(" ", pairs).replace(", ", ","));
  }

  private Policy policy() {
    return PolicyText.of(lines.toArray(String[]::new));
  }

  private boolean allows(Subject subject, String key, String value) {
    return policy()
        .of(subject)
        .decide(ActionText.parse(key, value, PolicyText.EPHEMERAL))
        .isAllowed();
  }

  private String reason(String key, String value) {
    return policy().explain(WWW, ActionText.parse(key, value, PolicyText.EPHEMERAL)).reason();
  }

  @Test
  void shouldAddUpAndRefuseEverythingElse() {
    add(false, "user=33", "listen=tcp:*:443");
    add(false, "group=50", "listen=tcp:*:80");
    add(false, "unit=web@*.service", "connect=tcp:10.0.0.0/8:5432");
    add(false, "user=34", "listen=tcp:*:8080");
    assertThat(allows(WWW, "listen", "tcp:*:443")).isTrue();
    assertThat(allows(WWW, "listen", "tcp:*:80")).isTrue();
    assertThat(allows(WWW, "connect", "tcp:10.1.1.1:5432")).isTrue();
    assertThat(allows(WWW, "listen", "tcp:*:8080")).isFalse();
    assertThat(allows(WWW, "bind", "udp:*:443")).isFalse();
    assertThat(allows(Subject.ofUser(33), "listen", "tcp:*:80")).isFalse();
  }

  @Test
  void shouldWantEveryConditionOfARule() {
    add(false, "user=33", "group=51", "listen=tcp:*:443");
    add(false, "user=33", "unit=db.service", "listen=tcp:*:443");
    assertThat(allows(WWW, "listen", "tcp:*:443")).isFalse();
    add(false, "user=33", "group=50", "unit=web@?.service", "listen=tcp:*:443");
    assertThat(allows(WWW, "listen", "tcp:*:443")).isTrue();
  }

  @Test
  void shouldLetADenialOverrideEveryRule() {
    add(true, "user=33", "listen=tcp:*:443");
    add(false, "user=33", "listen=tcp:*:443, tcp:*:80");
    assertThat(allows(WWW, "listen", "tcp:*:443")).isFalse();
    assertThat(allows(WWW, "listen", "tcp:*:80")).isTrue();
    add(true, "group=50");
    assertThat(allows(WWW, "listen", "tcp:*:80")).as("a denial of everything").isFalse();
    assertThat(policy().of(WWW).rights()).isEmpty();
  }

  @Test
  void shouldNotRestrictAdministrators() {
    add(true, "user=1");
    lines.set(0, "deny");
    assertThat(allows(Subject.ofUser(0), "listen", "tcp:*:443")).isTrue();
    assertThat(policy().of(Subject.ofUser(0)).isUnrestricted()).isTrue();
    assertThat(Policy.NONE.of(WWW).isUnrestricted()).isTrue();
  }

  @Test
  void shouldCompleteWhatARuleLeavesOut() {
    add(false, "user=33", "listen=tcp:*:443");
    Permissions permissions = policy().of(WWW);
    assertThat(permissions.rights()).containsExactlyInAnyOrder(Right.values());
    assertThat(permissions.mayUse(PolicyLane.FRAMES)).isTrue();
    assertThat(permissions.mayUse(PolicyLane.RING)).isTrue();
    assertThat(permissions.mayUse(PolicyLane.STREAM)).isTrue();
    assertThat(permissions.mayUse(PolicyLane.FD)).isFalse();
    assertThat(permissions.visibility()).isEqualTo(Visibility.OWN);
    assertThat(allows(WWW, "options", "TCP_NODELAY")).isTrue();
    assertThat(allows(WWW, "options", "SO_MARK")).isFalse();
    assertThat(allows(WWW, "options", "6:9")).as("by number").isFalse();
    assertThat(allows(WWW, "share", "user")).isTrue();
    assertThat(allows(WWW, "share", "any")).isFalse();
    assertThat(allows(WWW, "retain", "1s")).isFalse();
    assertThat(allows(WWW, "names", "web")).isFalse();
  }

  @Test
  void shouldGiveNothingWithARuleThatOnlyShows() {
    add(false, "group=50", "list=all");
    Permissions permissions = policy().of(WWW);
    assertThat(permissions.visibility()).isEqualTo(Visibility.ALL);
    assertThat(permissions.rights()).isEmpty();
    assertThat(permissions.mayUse(PolicyLane.FRAMES)).isFalse();
    assertThat(permissions.mayHave(Transport.TCP)).isFalse();
  }

  @Test
  void shouldIncludeTheRightsThatItsAddressesNeed() {
    add(false, "user=33", "connect=tcp:*:443", "rights=RECV, SEND");
    assertThat(policy().of(WWW).rights())
        .containsExactlyInAnyOrder(Right.RECV, Right.SEND, Right.CONNECT);
    add(false, "user=33", "listen=tcp:*:80", "rights=GETOPT");
    assertThat(policy().of(WWW).rights())
        .contains(Right.BIND, Right.LISTEN, Right.ACCEPT, Right.GETOPT)
        .doesNotContain(Right.EXPORT);
  }

  @Test
  void shouldTakeLevelsAsMaximumAndDenyThemFromThereOn() {
    add(false, "user=33", "names=web-*", "retain=10m", "share=any", "list=all", "listen=tcp:*:1");
    assertThat(allows(WWW, "retain", "10m")).isTrue();
    assertThat(allows(WWW, "retain", "11m")).isFalse();
    assertThat(allows(WWW, "retain", "forever")).isFalse();
    add(true, "user=33", "share=any", "list=user", "retain=5m");
    assertThat(allows(WWW, "share", "user")).isTrue();
    assertThat(allows(WWW, "share", "any")).isFalse();
    assertThat(policy().of(WWW).visibility()).isEqualTo(Visibility.OWN);
    assertThat(allows(WWW, "retain", "4m")).isTrue();
    assertThat(allows(WWW, "retain", "5m")).isFalse();
  }

  @Test
  void shouldNameTheClosestRuleAndWhatDoesNotMatch() {
    assertThat(reason("listen", "tcp:*:443")).isEqualTo("no rule is for uid 33");
    add(false, "user=34", "unit=web@*.service", "listen=tcp:*:443");
    assertThat(reason("listen", "tcp:*:443"))
        .isEqualTo("rule 'r0' (test:0) allows it, but is for user 34, not for uid 33");
    add(false, "user=33", "unit=db.service", "listen=tcp:*:443");
    assertThat(reason("listen", "tcp:*:443"))
        .isEqualTo(
            "rule 'r1' (test:1) allows it, but is for unit db.service, and the process is in"
                + " web@1.service");
    add(false, "user=33", "connect=tcp:*:1", "listen=udp:*:443");
    add(false, "user=33", "listen=tcp:10.0.0.1:443");
    assertThat(
            policy()
                .of(WWW)
                .decide(ActionText.parse("listen", "tcp:*:443", PolicyText.EPHEMERAL))
                .reason())
        .isEqualTo(
            "no rule allows listen tcp:[::]:443; the closest, rule 'r3' (test:3), allows"
                + " tcp:10.0.0.1:443");
    add(true, "listen=tcp:*:443");
    assertThat(reason("listen", "tcp:*:443"))
        .isEqualTo("deny 'r4' (test:4) denies listen tcp:[::]:443");
  }
}
