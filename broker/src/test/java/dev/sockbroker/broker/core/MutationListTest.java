package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each change in {@code mutations.txt} can be made, and section 11 of the contract lists it. */
class MutationListTest {
  private static final String SECTION = "## 11. Broken on purpose";

  /** What is broken, and which tests notice it. */
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([^|]+: [^|]+) \\| ([^|]*)\\|.*\\|$");

  private static final String HEAD = "rule: what is broken";

  @Test
  void shouldMatchTheSourceOnce() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Mutation mutation : Mutation.all()) {
      long matches = mutation.matches();
      if (matches != 1) {
        wrong.add(mutation.what() + ": " + matches + " matches in " + mutation.file());
      }
    }
    assertThat(wrong).as("blocks that do not match their source exactly once").isEmpty();
  }

  @Test
  void shouldHaveOneRowEachInTheContract() throws IOException {
    List<String> blocks = Mutation.all().stream().map(Mutation::what).toList();
    assertThat(blocks).doesNotHaveDuplicates();
    Map<String, String> rows = rows();
    assertThat(rows.keySet()).containsExactlyInAnyOrderElementsOf(blocks);
    assertThat(rows.values())
        .as("which tests notice")
        .allSatisfy(it -> assertThat(it).isNotBlank());
  }

  /** By what is broken: which tests notice. */
  private static Map<String, String> rows() throws IOException {
    String contract = Files.readString(Path.of("CONTRACT.md"));
    String section = contract.substring(contract.indexOf(SECTION));
    Matcher rows = ROW.matcher(section);
    Map<String, String> noticed = new HashMap<>();
    while (rows.find()) {
      if (!rows.group(1).equals(HEAD)) {
        assertThat(noticed.put(rows.group(1), rows.group(2))).as(rows.group(1)).isNull();
      }
    }
    return noticed;
  }
}
