package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DefaultClientNameTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "com.example.Shop --port 80 | Shop",
        "shop.module/com.example.Shop | Shop",
        "/opt/shop/shop.jar -v | shop.jar",
        "jdk.compiler/com.sun.tools.javac.launcher.Main dir/Worker.java x | Worker",
        "jdk.compiler/com.sun.tools.javac.launcher.SourceLauncher Worker.java | Worker",
        "'' | java"
      })
  void shouldNameTheProgram(String command, String name) {
    assertThat(DefaultClientName.of(command)).isEqualTo(name);
  }
}
