package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code CONTRACT.md} and the tests have the same scenarios, and the page lists the scenarios that
 * prove each rule.
 */
class ContractDocumentTest {
  private static final Path DOCUMENT = Path.of("CONTRACT.md");
  private static final Pattern RULE = Pattern.compile("(?m)^(\\d+)\\. .*\\n   \\*(.*)\\*$");

  @Test
  void shouldHaveEveryScenarioWordForWord() throws Exception {
    List<String> rows =
        Files.readAllLines(DOCUMENT).stream()
            .filter(line -> line.matches("\\| [A-Z]+-\\d\\d \\|.*"))
            .toList();
    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            scenarios().stream().map(ContractDocumentTest::row).toList());
  }

  private static String row(Scenario scenario) {
    String rules =
        Arrays.stream(scenario.rules())
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(" "));
    String on =
        switch (scenario.on()) {
          case STREAMS -> "";
          case INTERNET -> "IPv4, IPv6";
          case UNIX -> "Unix";
          case ONCE -> "IPv4";
        };
    return "| %s | %s | %s | %s | %s |"
        .formatted(scenario.id(), scenario.steps(), scenario.expected(), rules, on);
  }

  @Test
  void shouldNameWhatProvesEachRule() throws Exception {
    Map<Integer, TreeSet<String>> proofs = new TreeMap<>();
    Matcher numbers = RULE.matcher(Files.readString(DOCUMENT));
    while (numbers.find()) {
      proofs.put(Integer.parseInt(numbers.group(1)), new TreeSet<>());
    }
    for (Scenario scenario : scenarios()) {
      Arrays.stream(scenario.rules()).forEach(rule -> proofs.get(rule).add(scenario.id()));
    }
    assertThat(proofs.values()).as("every rule is proved").noneMatch(TreeSet::isEmpty);

    Map<Integer, TreeSet<String>> named = new TreeMap<>();
    Matcher rules = RULE.matcher(Files.readString(DOCUMENT));
    while (rules.find()) {
      int number = Integer.parseInt(rules.group(1));
      named.put(number, new TreeSet<>(List.of(rules.group(2).split(" "))));
    }
    assertThat(named).isEqualTo(proofs);
  }

  private static List<Scenario> scenarios() throws Exception {
    Path classes = Path.of(ContractDocumentTest.class.getResource(".").toURI());
    List<Scenario> scenarios = new ArrayList<>();
    try (Stream<Path> files = Files.list(classes)) {
      for (Path file : files.filter(it -> it.toString().endsWith("Test.class")).toList()) {
        String name = file.getFileName().toString().replace(".class", "");
        Class<?> type = Class.forName(ContractDocumentTest.class.getPackageName() + "." + name);
        for (Method method : type.getDeclaredMethods()) {
          if (method.isAnnotationPresent(Scenario.class)) {
            scenarios.add(method.getAnnotation(Scenario.class));
          }
        }
      }
    }
    return scenarios;
  }
}
