package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.DescriptorToken;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.RegistrationEnd;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.protocol.NetworkEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The example client in Python and a Java worker share one socket, in both roles. */
class PythonExampleTest {
  private static final Path EXAMPLE =
      Path.of("..", "scripts", "examples", "sockbroker.py").toAbsolutePath().normalize();

  private BrokerProcess process;
  private Broker broker;

  @BeforeEach
  void start() throws IOException {
    Needs.programs("python3");
    process = BrokerProcess.start();
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void stop() {
    if (broker != null) {
      broker.close();
    }
    if (process != null) {
      process.close();
    }
  }

  @Test
  void shouldTakeAListenerOfAJavaWorkerOver() throws Exception {
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
    BlockingQueue<RegistrationEnd> ends = new LinkedBlockingQueue<>();
    listener.onRegistrationEnd(ends::add);
    listener.asyncSelect(EnumSet.of(NetworkEvent.ACCEPT), events::add);

    try (Python python = new Python(process, "redeem")) {
      long pid = number(python.line("connected"), "pid");
      python.write(listener.duplicate(Target.pid(pid)).text());

      String redeemed = python.line("redeemed");
      assertThat(number(redeemed, "socket")).isEqualTo(listener.socketId());
      long size = number(python.line("set"), "value");
      assertThat((long) listener.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(size);
      long number = number(python.line("registered"), "number");
      RegistrationEnd end = ends.poll(30, TimeUnit.SECONDS);
      assertThat(end).isNotNull();
      assertThat(end.reason()).isEqualTo(RegistrationEnd.Reason.REPLACED);
      assertThat(end.pid()).isEqualTo((int) pid);
      assertThat(number).isEqualTo(2);

      assertThat(ask(listener.localAddress(), "hello")).isEqualTo("python " + pid + " saw: hello");
      assertThat(python.line("event")).contains("\"ACCEPT\"");
      assertThat(number(python.line("answered"), "bytes")).isEqualTo(5);
      assertThat(events).as("what is told to the worker that was replaced").isEmpty();

      listener.asyncSelect(EnumSet.of(NetworkEvent.ACCEPT), events::add);
      assertThat(python.line("event")).contains("\"Replaced\"", Long.toString(broker.pid()));
      assertThat(python.exitCode()).isZero();
    }
    listener.close();
  }

  @Test
  void shouldShareItsListenerWithAJavaWorkerAndLeaveItBehind() throws Exception {
    try (Python python = new Python(process, "serve")) {
      long pid = number(python.line("connected"), "pid");
      long port = number(python.line("opened"), "port");
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), (int) port);
      python.line("registered");
      assertThat(ask(address, "one")).isEqualTo("python " + pid + " saw: one");
      python.line("event");
      python.line("answered");

      python.write(Long.toString(broker.pid()));
      String token = text(python.line("duplicated"), "token");
      SharedSocket listener = broker.redeem(DescriptorToken.of(token));
      BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
      listener.asyncSelect(EnumSet.of(NetworkEvent.ACCEPT), events::add);
      assertThat(python.line("event")).contains("\"Replaced\"", Long.toString(broker.pid()));
      assertThat(python.exitCode()).as("it leaves").isZero();

      try (Socket client = new Socket(address.getAddress(), address.getPort())) {
        assertThat(events.poll(30, TimeUnit.SECONDS)).isNotNull();
        SharedSocket accepted = listener.accept();
        accepted.outputStream().write('j');
        assertThat(client.getInputStream().read()).isEqualTo('j');
        accepted.close();
      }
      listener.close();
    }
  }

  @Test
  void shouldStandByForAJavaWorker() throws Exception {
    try (Python python = new Python(process, "--standby", "serve")) {
      long pid = number(python.line("connected"), "pid");
      long port = number(python.line("opened"), "port");
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), (int) port);
      python.line("registered");
      python.write(Long.toString(broker.pid()));
      String token = text(python.line("duplicated"), "token");
      SharedSocket listener = broker.redeem(DescriptorToken.of(token));
      listener.asyncSelect(EnumSet.of(NetworkEvent.ACCEPT), event -> {});
      assertThat(python.line("event")).contains("\"Replaced\"", "\"standby\": true");

      listener.close();

      assertThat(python.line("event")).contains("\"Promoted\"");
      assertThat(ask(address, "one")).isEqualTo("python " + pid + " saw: one");
    }
  }

  private static String ask(SocketAddress address, String question) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(address);
      client.getOutputStream().write(question.getBytes(UTF_8));
      return new String(client.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static long number(String json, String field) {
    return Long.parseLong(value(json, field, "([0-9]+)"));
  }

  private static String text(String json, String field) {
    return value(json, field, "\"([^\"]*)\"");
  }

  private static String value(String json, String field, String form) {
    Matcher matcher = Pattern.compile("\"" + field + "\": " + form).matcher(json);
    assertThat(matcher.find()).as(field + " in " + json).isTrue();
    return matcher.group(1);
  }

  /** The example as a process, line by line. */
  private static final class Python implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;

    Python(BrokerProcess broker, String... arguments) throws IOException {
      List<String> line = new ArrayList<>();
      line.addAll(List.of("python3", EXAMPLE.toString(), "--socket", broker.socket().toString()));
      line.addAll(List.of(arguments));
      process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      out = process.inputReader(UTF_8);
    }

    void write(String line) throws IOException {
      process.outputWriter(UTF_8).append(line).append('\n').flush();
    }

    /** The next line, which must report this action. */
    String line(String did) throws IOException {
      String line = out.readLine();
      if (line == null || !line.startsWith("{\"did\": \"" + did + "\"")) {
        fail("instead of '%s' the example said %s", did, line);
      }
      return line;
    }

    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
