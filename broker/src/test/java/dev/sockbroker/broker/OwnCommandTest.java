package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OwnCommandTest {
  private static final List<String> OWN =
      List.of("/jdk/bin/java", "-Xmx1g", "-jar", "/lib/sockbroker.jar", "serve", "--group", "g");

  @Test
  void shouldStartTheSameJarWithoutALauncher() {
    assertThat(OwnCommand.of(OWN, null)).isEqualTo(OWN);
  }

  @Test
  void shouldLetTheLauncherFindTheJarAndTheJvm() {
    assertThat(OwnCommand.of(OWN, "/bin/sockbroker"))
        .containsExactly("/bin/sockbroker", "serve", "--group", "g");
  }
}
