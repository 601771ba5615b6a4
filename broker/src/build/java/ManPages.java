import dev.sockbroker.cli.Completion;
import dev.sockbroker.cli.Main;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/**
 * Generates pages from the commands: a manual page for each in AsciiDoc, which Asciidoctor
 * converts, and the completion scripts. It adds the pages in {@code src/build/man}: {@code
 * common.adoc} ends every page of section 1, and the others are complete pages. The build's profile
 * {@code man} runs it: {@code java ManPages.java TEXTS ASCIIDOC-DIRECTORY COMPLETION-DIRECTORY}.
 */
void main(String[] arguments) throws IOException {
  Path texts = Path.of(arguments[0]);
  Path pages = Files.createDirectories(Path.of(arguments[1]));
  Path completion = Files.createDirectories(Path.of(arguments[2]));
  CommandLine commands = Main.commandLine();
  boolean[] silent = {};
  boolean overwrite = true;
  int status =
      ManPageGenerator.generateManPage(
          pages.toFile(), null, silent, overwrite, commands.getCommandSpec());
  if (status != 0) {
    throw new IOException("the manual pages were not written: status " + status);
  }
  complete(pages, Files.readString(texts.resolve("common.adoc")));
  Path overview = texts.resolve("sockbroker.7.adoc");
  Files.copy(overview, pages.resolve(overview.getFileName()), StandardCopyOption.REPLACE_EXISTING);
  Files.writeString(completion.resolve("sockbroker"), Completion.bash(commands));
  Files.writeString(completion.resolve("sockbroker.fish"), Completion.fish(commands));
}

/** Uses the headings of man-pages(7), which differ from those of the commands' help. */
void complete(Path pages, String end) throws IOException {
  try (DirectoryStream<Path> all = Files.newDirectoryStream(pages, "*.adoc")) {
    for (Path page : all) {
      String text =
          Files.readString(page)
              .replace("==  Exit codes:", "== Exit status")
              .replace("==  Example:", "== Examples");
      Files.writeString(page, text + end);
    }
  }
}
