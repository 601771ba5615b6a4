package dev.sockbroker.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SocketPathsTest {
  @Test
  void shouldPreferTheVariable() {
    Map<String, String> environment =
        Map.of("SOCKBROKER_SOCKET", "/x/y.sock", "XDG_RUNTIME_DIR", "/run/user/1000");

    assertThat(SocketPaths.of(environment, 0)).hasToString("/x/y.sock");
    assertThat(SocketPaths.of(environment, 1000)).hasToString("/x/y.sock");
  }

  @Test
  void shouldUseTheSystemDirectoryForRoot() {
    assertThat(SocketPaths.of(Map.of("XDG_RUNTIME_DIR", "/run/user/0"), 0))
        .hasToString("/run/sockbroker/broker.sock");
  }

  @Test
  void shouldUseTheRuntimeDirectoryOfTheUser() {
    assertThat(SocketPaths.of(Map.of("XDG_RUNTIME_DIR", "/run/user/1000"), 1000))
        .hasToString("/run/user/1000/sockbroker/broker.sock");
  }

  @Test
  void shouldIgnoreARelativeRuntimeDirectory() {
    assertThat(SocketPaths.of(Map.of("XDG_RUNTIME_DIR", "run"), 1000))
        .hasToString("/tmp/sockbroker-1000/broker.sock");
  }

  @Test
  void shouldTakeTheSystemsBrokerIfTheUserHasNone(@TempDir Path directory) throws IOException {
    Path system = directory.resolve("system.sock");
    Map<String, String> user = Map.of("XDG_RUNTIME_DIR", directory.toString());
    Path own = SocketPaths.of(user, 1000);

    assertThat(SocketPaths.clientPath(user, 1000, system)).as("neither path exists").isEqualTo(own);
    Files.createFile(system);
    assertThat(SocketPaths.clientPath(user, 1000, system)).isEqualTo(system);
    assertThat(SocketPaths.clientPath(Map.of("SOCKBROKER_SOCKET", "/x/y.sock"), 1000, system))
        .as("one was named")
        .hasToString("/x/y.sock");
    Files.createDirectory(own.getParent());
    Files.createFile(own);
    assertThat(SocketPaths.clientPath(user, 1000, system)).as("its own is there").isEqualTo(own);
  }

  @Test
  void shouldFallBackToTmp() {
    assertThat(SocketPaths.of(Map.of("SOCKBROKER_SOCKET", "", "XDG_RUNTIME_DIR", ""), 1000))
        .hasToString("/tmp/sockbroker-1000/broker.sock");
  }
}
