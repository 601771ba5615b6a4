package dev.sockbroker.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class InheritedFdsTest {
  private static final long PID = 4711;

  @Test
  void shouldNameTheFds() {
    Map<String, String> environment =
        Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "3", "LISTEN_FDNAMES", "web:admin:x");

    assertThat(InheritedFds.of(environment, PID))
        .containsExactly(Map.entry("web", 3), Map.entry("admin", 4), Map.entry("x", 5));
  }

  @Test
  void shouldNumberTheFdsWithoutNames() {
    Map<String, String> environment = Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "2");

    assertThat(InheritedFds.of(environment, PID))
        .containsExactly(Map.entry("3", 3), Map.entry("4", 4));
  }

  @Test
  void shouldLeaveTheFdsOfAnotherProcessAlone() {
    Map<String, String> environment = Map.of("LISTEN_PID", "4710", "LISTEN_FDS", "2");

    assertThat(InheritedFds.of(environment, PID)).isEmpty();
    assertThat(InheritedFds.of(Map.of(), PID)).isEmpty();
  }
}
