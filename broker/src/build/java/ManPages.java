import dev.sockbroker.cli.Completion;
import dev.sockbroker.cli.Main;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/**
 * Generates pages from the commands: a manual page for each in AsciiDoc, which Asciidoctor
 * converts, and the completion scripts. It adds the pages in {@code src/build/man}: {@code
 * common.adoc} ends every page of section 1, and the others are complete pages. The build's profile
 * {@code man} runs it: {@code java ManPages.java VERSION TEXTS ASCIIDOC-DIRECTORY
 * COMPLETION-DIRECTORY}.
 */
void main(String[] arguments) throws IOException {
  String version = "sockbroker " + arguments[0];
  Path texts = Path.of(arguments[1]);
  Path pages = Files.createDirectories(Path.of(arguments[2]));
  Path completion = Files.createDirectories(Path.of(arguments[3]));
  CommandLine commands = Main.commandLine();
  boolean[] silent = {};
  boolean overwrite = true;
  int status =
      ManPageGenerator.generateManPage(
          pages.toFile(), null, silent, overwrite, commands.getCommandSpec());
  if (status != 0) {
    throw new IOException("the manual pages were not written: status " + status);
  }
  complete(pages, Files.readString(texts.resolve("common.adoc")), version);
  String overview = "sockbroker.7.adoc";
  String text = Files.readString(texts.resolve(overview));
  Files.writeString(pages.resolve(overview), versioned(text, version));
  Files.writeString(completion.resolve("sockbroker"), Completion.bash(commands));
  Files.writeString(completion.resolve("sockbroker.fish"), Completion.fish(commands));
}

/** Uses the headings of man-pages(7), which differ from those of the commands' help. */
void complete(Path pages, String end, String version) throws IOException {
  try (DirectoryStream<Path> all = Files.newDirectoryStream(pages, "sockbroker*.adoc")) {
    for (Path page : all) {
      String text =
          Files.readString(page)
              .replace("==  Exit codes:", "== Exit status")
              .replace("==  Example:", "== Examples");
      boolean isRoot = page.endsWith("sockbroker.adoc");
      String seeAlso = isRoot ? end.replace("*sockbroker*(1)", references()) : end;
      Files.writeString(page, versioned(text, version) + seeAlso);
    }
  }
}

/** The classes that the build runs here have no version, because only the jar has one. */
String versioned(String page, String version) {
  return page.replaceFirst("(?m)^:mansource:.*$", ":mansource: " + version);
}

/** The pages of all commands. */
String references() {
  return Main.commandLine().getSubcommands().keySet().stream()
      .map(name -> "*sockbroker-" + name + "*(1)")
      .collect(Collectors.joining(", "));
}
