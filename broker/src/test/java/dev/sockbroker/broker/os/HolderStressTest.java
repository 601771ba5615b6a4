package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Neither the JVM nor the holders suffer from one another, whatever the garbage collector does to
 * the memory meanwhile. {@code scripts/test holders} makes many more.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class HolderStressTest {
  private static final int COUNT = Integer.getInteger("holders", 20);

  @ParameterizedTest
  @ValueSource(strings = {"Serial", "Parallel", "G1", "Z"})
  void shouldLive(String collector) throws Exception {
    List<String> line =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+Use" + collector + "GC",
            "-Xmx700m",
            "-cp",
            System.getProperty("java.class.path"),
            HolderStress.class.getName(),
            String.valueOf(COUNT));
    Process process =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      assertThat(process.waitFor(60L + COUNT, TimeUnit.SECONDS)).isTrue();
      String out = new String(process.getInputStream().readAllBytes());
      System.out.println(collector + "GC: " + out.strip());
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
