import dev.sockbroker.cli.Completion;
import dev.sockbroker.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/**
 * Writes what is generated from the commands: a manual page for each as AsciiDoc, which Asciidoctor
 * turns into the real ones, and the completion script. Run by the build's profile {@code man}:
 * {@code java ManPages.java ASCIIDOC-DIRECTORY COMPLETION-FILE}.
 */
void main(String[] arguments) throws IOException {
  Path pages = Files.createDirectories(Path.of(arguments[0]));
  Path completion = Path.of(arguments[1]);
  CommandLine commands = Main.commandLine();
  boolean[] silent = {};
  boolean overwrite = true;
  int status =
      ManPageGenerator.generateManPage(
          pages.toFile(), null, silent, overwrite, commands.getCommandSpec());
  if (status != 0) {
    throw new IOException("the manual pages were not written: status " + status);
  }
  Files.createDirectories(completion.getParent());
  Files.writeString(completion, Completion.bash(commands));
}
