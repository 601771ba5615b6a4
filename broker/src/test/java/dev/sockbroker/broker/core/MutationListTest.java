package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each change in {@code mutations.txt} can be made, and section 11 of the contract lists it. */
class MutationListTest {
  private static final String SECTION = "## 11. Broken on purpose";

  /** What is broken, and which of the core's own tests noticed it. */
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
    assertThat(rowsThatTheCoreNoticed()).containsExactlyInAnyOrderElementsOf(blocks);
  }

  /** The other rows were tried with the scenarios only, and need no block. */
  private static List<String> rowsThatTheCoreNoticed() throws IOException {
    String contract = Files.readString(Path.of("CONTRACT.md"));
    String section = contract.substring(contract.indexOf(SECTION));
    Matcher rows = ROW.matcher(section);
    List<String> noticed = new ArrayList<>();
    while (rows.find()) {
      if (!rows.group(1).equals(HEAD) && !rows.group(2).isBlank()) {
        noticed.add(rows.group(1));
      }
    }
    return noticed;
  }
}
