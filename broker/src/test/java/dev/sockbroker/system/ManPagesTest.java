package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.cli.Main;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The manual pages, which the build's profile {@code man} makes. */
class ManPagesTest {
  private static final Path FIRST = BrokerProcess.JAR.resolveSibling("man/sockbroker.1");

  @BeforeEach
  void needPages() {
    Needs.that(Files.exists(FIRST), "needs the manual pages (mvn -Pman)");
  }

  @Test
  void shouldNameTheVersionInEachPage() throws Exception {
    List<Path> pages;
    try (Stream<Path> files = Files.list(FIRST.getParent())) {
      pages = files.toList();
    }

    assertThat(pages).hasSizeGreaterThan(Main.commandLine().getSubcommands().size());
    assertThat(pages)
        .allSatisfy(
            page ->
                assertThat(page)
                    .content()
                    .containsPattern("\n\\.TH .* \"sockbroker [0-9].*\" \"Sockbroker Manual\"\n"));
  }

  @Test
  void shouldLeadFromTheFirstPageToAllOthers() throws Exception {
    String page = Files.readString(FIRST);

    String seeAlso = page.substring(page.indexOf(".SH \"SEE ALSO\""));
    assertThat(Main.commandLine().getSubcommands().keySet())
        .allSatisfy(name -> assertThat(seeAlso).contains("sockbroker\\-" + name + "\\fP(1)"));
    assertThat(seeAlso).doesNotContain("\\fBsockbroker\\fP(1)").contains("\\fBsockbroker\\fP(7)");
    assertThat(page).containsPattern("\\.SH \"DESCRIPTION\"\n\\.sp\n[^.]");
  }
}
