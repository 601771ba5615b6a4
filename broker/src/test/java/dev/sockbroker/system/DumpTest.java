package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command dump: everything that a bug report needs, and no secrets. */
class DumpTest {
  @TempDir private Path directory;

  private BrokerProcess broker;

  @BeforeEach
  void start() {
    broker = BrokerProcess.start();
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private static Map<String, byte[]> entries(Path zip) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
      for (ZipEntry it = in.getNextEntry(); it != null; it = in.getNextEntry()) {
        entries.put(it.getName(), in.readAllBytes());
      }
    }
    return entries;
  }

  private static String text(Map<String, byte[]> entries, String name) {
    return new String(entries.get(name), StandardCharsets.UTF_8);
  }

  /** The token, the keys and the bytes are in use while it is made. */
  @Test
  void shouldCollectWhatABugReportNeeds() throws Exception {
    Path file = directory.resolve("dump.zip");
    try (Broker client = Broker.builder().socket(broker.socket()).connect();
        SharedSocket web = client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("web"));
        WireClient wire = WireClient.welcomed(broker.socket())) {
      String token =
          wire.ask(
                  Reply.Duplicated.class,
                  Request.Duplicate.toPid(
                      wire.ask(Reply.Opened.class, Request.Open.of(Family.INET, SocketType.STREAM))
                          .descriptor(),
                      (int) ProcessHandle.current().pid()))
              .token();
      String key = wire.ask(Reply.FdKey.class, new Request.NewFdKey()).key();
      Process dump =
          Command.to(broker.socket()).start("dump", "--record", "2s", "-o", file.toString());
      while (dump.isAlive()) {
        // In the time of the recording.
        wire.refused(Errno.EBADF, new Request.Close(4711, false));
        long joined = wire.ask(Reply.Opened.class, new Request.Attach("web", true)).descriptor();
        wire.ask(Reply.Done.class, new Request.Close(joined, false));
      }
      assertThat(dump.exitValue()).isZero();
      Map<String, byte[]> entries = entries(file);
      assertThat(entries)
          .containsOnlyKeys(
              "README.txt",
              "broker.txt",
              "limits.txt",
              "metrics.txt",
              "list.json",
              "sessions.json",
              "log.txt",
              "threads.txt",
              "recording.jfr");
      assertThat(text(entries, "broker.txt")).contains("version");
      assertThat(text(entries, "limits.txt")).contains("sockets ", "user-sockets half");
      assertThat(text(entries, "metrics.txt")).contains("sockbroker_sessions");
      assertThat(text(entries, "list.json")).contains("\"name\":\"web\"");
      assertThat(text(entries, "sessions.json")).contains("\"pid\":");
      assertThat(text(entries, "log.txt")).contains("ready (pid ");
      assertThat(text(entries, "threads.txt")).contains("\"loop", "\"main\"");
      assertThat(events(entries.get("recording.jfr")))
          .contains("dev.sockbroker.RefusedRequest", "dev.sockbroker.HandOver")
          .doesNotContain(
              "jdk.InitialEnvironmentVariable",
              "jdk.InitialSystemProperty",
              "jdk.JVMInformation",
              "jdk.SystemProcess");
      for (byte[] content : entries.values()) {
        String all = new String(content, StandardCharsets.ISO_8859_1);
        assertThat(all.contains(token)).isFalse();
        assertThat(all.contains(key)).isFalse();
        assertThat(all.contains(System.getenv("PATH"))).isFalse();
      }
      assertThat(web.localAddress()).isNotNull();
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  private Set<String> events(byte[] recording) throws IOException {
    Path file = Files.write(directory.resolve("recording.jfr"), recording);
    List<RecordedEvent> all = RecordingFile.readAllEvents(file);
    Set<String> names = new TreeSet<>();
    all.forEach(it -> names.add(it.getEventType().getName()));
    return names;
  }

  @Test
  void shouldLeaveNoPartOfADump() throws Exception {
    Path file = directory.resolve("dump.zip");
    Files.writeString(file, "mine");
    Command.Result result =
        Command.to(broker.socket()).run("dump", "--record", "0s", "-o", file.toString());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("exists already");
    assertThat(file).hasContent("mine");
    Path nowhere = directory.resolve("missing/dump.zip");
    assertThat(
            Command.to(broker.socket())
                .run("dump", "--record", "0s", "-o", nowhere.toString())
                .exitCode())
        .isEqualTo(1);
    assertThat(Command.to(broker.socket()).run("dump", "--record", "2m").exitCode()).isEqualTo(2);
  }

  @Test
  void shouldLeaveNothingWhenItIsInterrupted() throws Exception {
    Needs.programs("kill");
    Path file = directory.resolve("dump.zip");
    Process dump =
        Command.to(broker.socket()).start("dump", "--record", "60s", "-o", file.toString());
    String started = "sockbroker_requests_total{outcome=\"answered\",request=\"StartRecording\"} 1";
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Command.to(broker.socket()).run("metrics").out().contains(started));
    Program.run(List.of("kill", "-INT", "" + dump.pid())).orFail();
    assertThat(dump.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(file).doesNotExist();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(
                        Command.to(broker.socket())
                            .run("dump", "--record", "1s", "-o", file.toString())
                            .exitCode())
                    .isZero());
  }

  @Test
  void shouldRefuseOtherUsers() throws Exception {
    try (SharedBroker shared = SharedBroker.start()) {
      Command.Result result =
          shared
              .command(User.ALICE)
              .run("dump", "--record", "0s", "-o", "/tmp/sockbroker-" + System.nanoTime() + ".zip");
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("EPERM");
    }
  }

  @Test
  void shouldRecordOnceAtATime() throws Exception {
    try (WireClient first = WireClient.connect(broker.socket());
        WireClient second = WireClient.connect(broker.socket())) {
      first.hello(true);
      second.hello(true);
      Request.ReadReport read = new Request.ReadReport(ReportKind.RECORDING, 0);
      first.refused(Errno.EINVAL, read);
      first.ask(Reply.Done.class, new Request.StartRecording());
      second.refused(Errno.EALREADY, new Request.StartRecording());
      assertThat(second.ask(Reply.ReportPart.class, read).text()).isNotEmpty();
      first.ask(Reply.Done.class, new Request.StartRecording());
    }
  }
}
