package dev.sockbroker.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The launcher watches the lock file of the broker that it has started, so its script has the rules
 * of {@link SocketPaths} once more.
 */
final class LauncherPathTest {
  private static final Path LAUNCHER = Path.of("../scripts/sockbroker");

  @Test
  void shouldFindTheSamePathAsTheBroker() throws Exception {
    for (String named : List.of("", "/x/y.sock", "y.sock", "/x//y.sock/")) {
      for (String runtime : List.of("", "run", "/run/user/1000")) {
        for (long uid : List.of(0L, 1000L)) {
          Map<String, String> environment =
              Map.of("SOCKBROKER_SOCKET", named, "XDG_RUNTIME_DIR", runtime);

          assertThat(Path.of(find(environment, uid)))
              .as("%s, uid %s", environment, uid)
              .isEqualTo(SocketPaths.of(environment, uid));
        }
      }
    }
  }

  @Test
  void shouldPreferTheOption() throws Exception {
    Map<String, String> environment = Map.of("SOCKBROKER_SOCKET", "/x/y.sock");

    assertThat(find(environment, 0, "--socket", "/a/b")).isEqualTo("/a/b");
    assertThat(find(environment, 0, "--group", "web", "--socket=/a/b/")).isEqualTo("/a/b");
  }

  private static String find(Map<String, String> environment, long uid, String... options)
      throws IOException, InterruptedException {
    String source = Files.readString(LAUNCHER);
    int start = source.indexOf("\nfind_socket()");
    String function = source.substring(start, source.indexOf("\n}\n", start) + 2);
    // bash does not let a script set EUID
    String script = "uid=" + uid + function.replace("EUID", "uid");
    List<String> line =
        new ArrayList<>(
            List.of("bash", "-c", script + "\nfind_socket \"$@\"; echo \"$socket\"", "bash"));
    line.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process bash = builder.start();
    String out = new String(bash.getInputStream().readAllBytes());
    assertThat(bash.waitFor()).as(out).isZero();
    return out.strip();
  }
}
