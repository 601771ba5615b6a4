package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.sockbroker.broker.config.Configuration.LogFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

@Timeout(30)
class LoggingTest {
  private final PrintStream stderr = System.err;
  private final PrintStream stdout = System.out;
  private final LoggerContext context = new LoggerContext();
  private final Logger log = context.getLogger("test");

  @TempDir private Path directory;

  @BeforeEach
  void start() {
    // Does what SLF4J's provider does for the process's logger context.
    context.setMDCAdapter(new LogbackMDCAdapter());
    context.start();
  }

  @AfterEach
  void restore() {
    System.setErr(stderr);
    System.setOut(stdout);
    context.stop();
  }

  @Test
  void shouldWriteToStderrAndNothingToStdout() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    Logging.configure(context, Level.INFO, LogFormat.JOURNAL);

    log.info("shown");
    log.debug("hidden");
    context.stop();

    assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("<6>shown\n");
    assertThat(out.size()).isZero();
  }

  @Test
  void shouldGoOnWhileNobodyReadsStderrAndKeepTheErrors() {
    StuckStream stuck = new StuckStream();
    System.setErr(new PrintStream(stuck, true, StandardCharsets.UTF_8));
    Logging.configure(context, Level.INFO, LogFormat.JOURNAL);

    for (int i = 0; i < 100_000; i++) {
      log.info("line {}", i);
    }
    log.error("the one that matters");
    stuck.letGo();
    context.stop();

    assertThat(stuck.text()).contains("<3>the one that matters\n");
    assertThat(stuck.text().lines()).hasSizeLessThan(2000);
  }

  @Test
  void shouldGoOnWhenStderrIsClosed() {
    System.setErr(new PrintStream(new BrokenStream(), true, StandardCharsets.UTF_8));
    Logging.configure(context, Level.INFO, LogFormat.TEXT);
    log.error("lost");

    context.stop();

    assertThat(context.isStarted()).isFalse();
  }

  @Test
  void shouldKnowTheJournalByItsDeviceAndInode() throws IOException {
    Path stream = Files.createFile(directory.resolve("stderr"));
    String id =
        Files.getAttribute(stream, "unix:dev") + ":" + Files.getAttribute(stream, "unix:ino");

    assertThat(Logging.isJournal(Map.of("JOURNAL_STREAM", id), stream)).isTrue();
    assertThat(Logging.isJournal(Map.of("JOURNAL_STREAM", "8:1"), stream)).isFalse();
    assertThat(Logging.isJournal(Map.of(), stream)).isFalse();
    assertThat(Logging.isJournal(Map.of("JOURNAL_STREAM", id), directory.resolve("closed")))
        .isFalse();
  }

  /** A full pipe. */
  private static final class StuckStream extends OutputStream {
    private final CountDownLatch free = new CountDownLatch(1);
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void write(int b) throws IOException {
      try {
        free.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      written.write(b);
    }

    void letGo() {
      free.countDown();
    }

    String text() {
      return written.toString(StandardCharsets.UTF_8);
    }
  }

  private static final class BrokenStream extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("Bad file descriptor");
    }
  }
}
