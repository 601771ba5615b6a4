package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Resource;
import dev.sockbroker.broker.core.Resource.Level;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LimitNamesTest {
  @Test
  void shouldChangeOnlyWhatIsNamed() {
    Limits limits = LimitNames.apply(Map.of("session-buffered-bytes", "1K", "sockets", "7"));

    assertThat(limits.of(Level.SESSION, Resource.BUFFERED_BYTES)).isEqualTo(1024);
    assertThat(limits.of(Resource.SOCKETS)).isEqualTo(7);
    assertThat(limits.frameBytes()).isEqualTo(Limits.DEFAULT.frameBytes());
    assertThat(LimitNames.apply(Map.of())).isEqualTo(Limits.DEFAULT);
  }

  @Test
  void shouldRefuseUnknownNamesAndNumbersThatAreTooSmall() {
    assertThatThrownBy(() -> LimitNames.apply(Map.of("sokcets", "7")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sokcets")
        .hasMessageContaining("session-descriptors")
        .hasMessageEndingWith("; did you mean 'sockets'?");
    assertThatThrownBy(() -> LimitNames.apply(Map.of("sockets", "0")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sockets=0");
    assertThatThrownBy(() -> LimitNames.apply(Map.of("frame-bytes", "65535")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65536 or more");
    assertThatThrownBy(() -> LimitNames.apply(Map.of("sockets", "1K")))
        .as("a count has no unit")
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("whole number");
  }

  @Test
  void shouldNameEachLimitInTheHelpOfServe() {
    String help = Main.commandLine().getSubcommands().get("serve").getUsageMessage();

    for (String name : Limits.names()) {
      assertThat(help.replaceAll("\\s+", " ")).containsPattern("[ ,]" + name + "[,.]");
    }
  }
}
