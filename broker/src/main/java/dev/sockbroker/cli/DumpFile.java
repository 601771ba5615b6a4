package dev.sockbroker.cli;

import dev.sockbroker.protocol.ReportKind;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The zip file of a dump. Only its user can read it. It is deleted unless it was finished. */
final class DumpFile implements Closeable {
  private final Path file;
  private final ZipOutputStream zip;

  /** For Ctrl-C. */
  private final Thread onExit = new Thread(this::delete);

  private boolean finished;

  private DumpFile(Path file, ZipOutputStream zip) {
    this.file = file;
    this.zip = zip;
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  static DumpFile create(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new IOException(directory + " is not a directory");
    }
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " exists already; choose another file with --output", e);
    }
    return new DumpFile(file, new ZipOutputStream(Files.newOutputStream(file)));
  }

  void add(String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content);
    zip.closeEntry();
  }

  void addReport(String name, BrokerConnection broker, ReportKind kind) throws IOException {
    add(name, ReportText.read(broker, kind).getBytes(StandardCharsets.UTF_8));
  }

  /** Adds what another command writes, messages included. */
  void addCommand(String name, String... arguments) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream messages = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      Main.run(Terminal.of(bytes, messages, 0, false), arguments);
    }
    add(name, bytes.toByteArray());
  }

  void finish() throws IOException {
    zip.finish();
    finished = true;
    Runtime.getRuntime().removeShutdownHook(onExit);
  }

  private void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      zip.close();
    } finally {
      if (!finished) {
        Runtime.getRuntime().removeShutdownHook(onExit);
        delete();
      }
    }
  }
}
