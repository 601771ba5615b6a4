package dev.sockbroker.cli;

import dev.sockbroker.protocol.ReportKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class MetricsCommand implements Subcommand {
  private final SocketOption socket = new SocketOption();
  private final OptionSpec output =
      Subcommand.option(
              "--output",
              "FILE",
              Path.class,
              "Write to this file, which others always find complete.")
          .names("-o", "--output")
          .build();
  private final CommandSpec spec =
      CommandSpec.wrapWithoutInspection(this).addOption(socket.option()).addOption(output);
  private final Terminal terminal;

  MetricsCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .header("Write what the broker counts, in the text format of Prometheus.")
        .description(
            "For administrators and for users whose policy says list = \"all\".",
            "With --output it feeds the textfile collector of Prometheus' node exporter, whose"
                + " files end with .prom. The broker can also serve the same over HTTP: see"
                + " [metrics] in sockbroker.toml.")
        .footer(
            "  sockbroker metrics | grep sockbroker_sessions",
            "  sockbroker metrics -o /var/lib/prometheus/node-exporter/sockbroker.prom");
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    String text;
    try (BrokerConnection broker = socket.connect("metrics")) {
      text = ReportText.read(broker, ReportKind.METRICS);
    }
    Path file = output.getValue();
    if (file == null) {
      terminal.out().write(text);
      terminal.out().flush();
    } else {
      replace(file, text);
    }
    return ExitCode.DONE;
  }

  /**
   * A reader sees the old file or the new one, never a part. A link stays a link, and what is not a
   * file, such as a pipe or /dev/null, is written to.
   */
  private static void replace(Path given, String text) throws IOException {
    Path file = Files.exists(given) ? given.toRealPath() : given.toAbsolutePath();
    Path directory = file.getParent();
    if (directory == null || Files.isDirectory(file)) {
      throw new IOException(given + " is a directory");
    } else if (Files.exists(file) && !Files.isRegularFile(file)) {
      Files.write(file, text.getBytes(StandardCharsets.UTF_8));
      return;
    } else if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is not a directory");
    }
    Path written = Files.createTempFile(directory, ".sockbroker", null);
    try {
      Files.write(written, text.getBytes(StandardCharsets.UTF_8));
      Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-r--r--"));
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(written);
    }
  }
}
