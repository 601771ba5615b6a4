package dev.sockbroker.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "web, web, true",
    "web, webs, false",
    "web*, web, true",
    "web-*, web, false",
    "*, anything, true",
    "a?c, abc, true",
    "a?c, ac, false",
    "*a*b*, xaxbx, true",
    "*a*b*, xbxax, false",
    "web@*.service, web@1.service, true",
    "web@*.service, web@1.service.d, false"
  })
  void shouldMatchNames(String glob, String name, boolean expected) {
    assertThat(Glob.of(glob).matches(name)).isEqualTo(expected);
  }

  @Test
  void shouldStayInItsDirectory() {
    assertThat(Glob.ofPath("/run/web/*").matches("/run/web/a.sock")).isTrue();
    assertThat(Glob.ofPath("/run/web/*").matches("/run/web/a/b")).isFalse();
    assertThat(Glob.ofPath("/run/?/x").matches("/run///x")).isFalse();
    assertThat(Glob.ofPath("/run/*/x").matches("/run/web/x")).isTrue();
  }

  @Test
  void shouldMatchAsARegularExpressionDoes() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      String glob = text(random, "ab*?/");
      String name = text(random, "ab/");
      Pattern pattern =
          Pattern.compile(
              glob.chars()
                  .mapToObj(c -> c == '*' ? "[^/]*" : c == '?' ? "[^/]" : Character.toString(c))
                  .collect(Collectors.joining()));
      assertThat(Glob.ofPath(glob).matches(name))
          .as("%s on %s", glob, name)
          .isEqualTo(pattern.matcher(name).matches());
    }
  }

  private static String text(Random random, String alphabet) {
    return random
        .ints(random.nextInt(8), 0, alphabet.length())
        .mapToObj(it -> alphabet.substring(it, it + 1))
        .collect(Collectors.joining());
  }

  @Test
  void shouldNotTakeLongWithManyStars() {
    assertThat(Glob.of("*a".repeat(2000) + "b").matches("a".repeat(4000))).isFalse();
  }
}
