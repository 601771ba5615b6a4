package dev.sockbroker.broker.upgrade;

import static dev.sockbroker.broker.state.StateFormat.VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.broker.kernel.RefusedException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is refused before the pause (rules 61 and 65). */
class OfferTest {
  private final Offer old = Offer.of("1.0", 1000, Map.of("sockets", 10, "frame-bytes", 65_536));

  private static Offer of(int oldest, int newest, int openFiles, Map<String, Integer> limits) {
    return new Offer("1.1", oldest, newest, openFiles, limits);
  }

  private void assertRefused(Offer other, String why) {
    assertThatThrownBy(() -> old.check(other))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void shouldTravelAsText() {
    assertThat(Offer.parse(old.text())).isEqualTo(old);
    assertThat(Offer.parse(old.text() + "\nof-a-later-version=1")).isEqualTo(old);
  }

  @Test
  void shouldRefuseWhatIsNoOffer() {
    assertThatThrownBy(() -> Offer.parse("hello")).isInstanceOf(RefusedException.class);
  }

  @Test
  void shouldAcceptTheSameAndMore() {
    old.check(of(1, VERSION + 1, 20_000, Map.of("sockets", 11, "frame-bytes", 65_536)));
    old.check(of(1, VERSION, 20_000, Map.of("of a later version", 1)));
  }

  @Test
  void shouldRefuseABrokerThatCannotReadTheState() {
    Map<String, Integer> limits = old.limits();
    assertRefused(of(VERSION + 1, VERSION + 2, 20_000, limits), "reads versions 7 to 8");
    assertRefused(of(0, VERSION - 1, 20_000, limits), "reads versions 0 to 5");
  }

  @Test
  void shouldRefuseTooFewOpenFiles() {
    assertRefused(
        of(1, VERSION, 1010, old.limits()), "1010 open files (ulimit -n), and needs 1016");
  }

  @Test
  void shouldRefuseALowerLimit() {
    assertRefused(
        of(1, VERSION, 20_000, Map.of("sockets", 9, "frame-bytes", 65_536)),
        "the limit sockets of the new broker is 9, and was 10");
  }
}
