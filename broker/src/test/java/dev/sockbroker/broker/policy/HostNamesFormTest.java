package dev.sockbroker.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HostNamesFormTest {
  private static final int TEXTS = 100_000;
  private static final String CHARACTERS = "aZ07x_-..@f";

  private static final Pattern NAME =
      Pattern.compile(
          "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
              + "(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*");
  private static final Pattern NUMERIC = Pattern.compile("(.*\\.)?(\\d+|0[xX][0-9A-Fa-f]*)");

  @Test
  void shouldTakeWhatTheExpressionsTake() {
    Random random = new Random(15);
    for (int i = 0; i < TEXTS; i++) {
      String host = random(random);
      assertThat(isTaken(host)).as(host).isEqualTo(isName(host));
    }
  }

  private static boolean isTaken(String host) {
    return catchThrowable(() -> HostNames.canonical(host)) == null;
  }

  private static boolean isName(String host) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return name.length() <= 253 && NAME.matcher(name).matches() && !NUMERIC.matcher(name).matches();
  }

  /** A short text, or one with labels and a length about the limits. */
  private static String random(Random random) {
    StringBuilder text = new StringBuilder();
    int parts = 1 + random.nextInt(8);
    for (int i = 0; i < parts; i++) {
      int times = random.nextInt(20) == 0 ? 58 + random.nextInt(10) : 1;
      text.append(
          String.valueOf(CHARACTERS.charAt(random.nextInt(CHARACTERS.length()))).repeat(times));
    }
    return text.toString();
  }
}
