package dev.sockbroker.system.readme;

import static dev.sockbroker.system.readme.Script.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.system.WorkerJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/**
 * The library's page. Its two workers run here. The other Java blocks are parts of programs, and
 * the client's {@code ReadmeTest} compiles all of them.
 */
final class ClientPage {
  private static final Pattern CLASS = Pattern.compile("public class (\\w+)");

  private static final String HELLO = "hello from \\d+\n";

  private final Page page = Page.read("client/README.md");
  private final Machine machine = new Machine(Machine.NO_INIT);
  private Terminal broker;
  private Terminal serverByExec;
  private Terminal serverByAddress;

  Script script() {
    return new Script(
        page,
        machine,
        List.of(
            row("<dependency>", this::compareArtifact),
            row("import dev.sockbroker.client.Broker;", this::runEchoWorkers),
            row("try (Acceptor acceptor =", ClientPage::compiled),
            row("try (Broker own =", ClientPage::compiled),
            row("SharedSocket listener = ", ClientPage::compiled),
            row("ByteBuffer buffer = ", ClientPage::compiled),
            row("CompletableFuture<Integer> received", ClientPage::compiled),
            row("try (SharedSocket udp = ", ClientPage::compiled),
            row("conn.setOption(", ClientPage::compiled),
            row("DescriptorToken token = ", ClientPage::compiled),
            row("String line = ", ClientPage::compiled),
            row("web.name(", ClientPage::compiled),
            row("for (DescriptorInfo row", ClientPage::compiled),
            row("import dev.sockbroker.client.Broker;", this::runEventWorkers),
            row("try (EventObject object = ", ClientPage::compiled),
            row("scripts/sockbroker exec --open hello=", this::startServerByExec),
            row("java -javaagent:", this::startServerByAddress),
            row("curl http://127.0.0.1:8083/", this::replaceServer),
            row("unshare --net ", this::fetchWithoutNetwork),
            row("Socket socket = new BrokerSocketFactory", ClientPage::compiled),
            row("SocketFactory inside = ", ClientPage::compiled),
            row("jdbc:postgresql:", this::configureFactory),
            row("try (SocketStream stream = ", ClientPage::compiled),
            row("try (SocketRing ring = ", ClientPage::compiled),
            row("MultiThreadIoEventLoopGroup group", ClientPage::compiled),
            row("try (ExportedSocket raw = ", ClientPage::compiled),
            row("try {", ClientPage::compiled)));
  }

  /** The client's ReadmeTest compiles the blocks with this language. */
  private static void compiled(Block block) {
    assertThat(block.language()).isEqualTo("java");
  }

  private void compareArtifact(Block block) throws IOException {
    String pom = Files.readString(Page.CHECKOUT.resolve("client/pom.xml"));
    for (String tag : List.of("groupId", "version", "artifactId")) {
      Matcher element = Pattern.compile("<" + tag + ">.*?</" + tag + ">").matcher(block.text());
      assertThat(element.find()).as(tag).isTrue();
      // the module's own element, after its parent's
      String place = tag.equals("artifactId") ? "</parent>\n  " : "<parent>[^/]*(</?\\w+>[^<]*)*?";
      assertThat(pom).containsPattern(place + Pattern.quote(element.group()));
    }
  }

  /** "start it twice ... Both workers accept from one socket. Kill one with kill -9 ..." */
  private void runEchoWorkers(Block block) throws Exception {
    broker = machine.start("scripts/sockbroker serve").await("ready");
    String line = "java -cp client/all/target/sockbroker-client-all.jar EchoWorker.java";
    assertThat(page.text()).contains("`" + line + "`");
    Terminal first = start(block);
    Terminal second = machine.start(line.replace(" EchoWorker", " /mnt/files/EchoWorker"));
    Set<String> answers = new HashSet<>();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> answers.add(echo("hello")) && answers.size() > 1);
    assertThat(answers).allMatch(it -> it.matches("worker \\d+: hello\n"));

    first.kill();
    answers.retainAll(Set.of(echo("hello")));
    assertThat(answers).hasSize(1);

    // "the socket stays open for a minute, and clients that connect wait for the next worker"
    second.kill();
    assertThat(machine.execute("scripts/sockbroker list")).containsPattern("\n- +s\\d+ +echo ");
    machine.execute("scripts/sockbroker close echo");
  }

  /** Compiled for the oldest Java version of the library. */
  private Terminal start(Block block) throws Exception {
    Matcher name = CLASS.matcher(block.text());
    assertThat(name.find()).isTrue();
    Path source = machine.files().resolve(name.group(1) + ".java");
    Files.writeString(source, block.text());
    String jar = WorkerJar.PATH.toString();
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "--release", "17", "-cp", jar, source.toString());
    assertThat(code).isZero();
    return machine.start(
        "java -cp client/all/target/sockbroker-client-all.jar:/mnt/files " + name.group(1));
  }

  private String echo(String line) throws Exception {
    return machine.execute(
        "until exec 3<>/dev/tcp/127.0.0.1/8080; do :; done 2>/dev/null; echo "
            + line
            + " >&3; head -n 1 <&3");
  }

  /** The replaced worker becomes a standby, and is promoted when the other one is killed. */
  private void runEventWorkers(Block block) throws Exception {
    Terminal first = start(block);
    assertThat(echo("one")).isEqualTo("one\n");
    Terminal second = start(block);
    first.await("REPLACED by pid \\d+\n");
    assertThat(echo("two")).isEqualTo("two\n");

    second.kill();

    first.await("promoted\n");
    assertThat(echo("three")).isEqualTo("three\n");
    first.kill();
  }

  /** "On Java 17 and later". */
  private void startServerByExec(Block block) throws Exception {
    serverByExec = machine.start(block.text()).await("ready");
  }

  /** "On Java 22 and later". */
  private void startServerByAddress(Block block) throws Exception {
    serverByAddress = machine.start(Machine.NEWEST_JAVA, block.text()).await("ready");
  }

  /** "Start both, ask, end one with Ctrl-C, and ask again". */
  private void replaceServer(Block block) throws Exception {
    String former = machine.execute(block.text());
    assertThat(former).containsPattern(HELLO);

    serverByExec.interrupt();

    assertThat(machine.execute(block.text())).containsPattern(HELLO);
  }

  private void fetchWithoutNetwork(Block block) throws Exception {
    assertThat(machine.start(Machine.NEWEST_JAVA, block.text()).end()).matches(HELLO);
    serverByAddress.interrupt();
  }

  /** A line for a database, in two parts, and a line for a directory. */
  private void configureFactory(Block block) throws Exception {
    List<String> lines = block.text().lines().toList();
    assertThat(lines).hasSize(3);
    new Database(machine).connect(lines.get(0) + lines.get(1).strip());
    new Directory(machine).connect(lines.get(2));
    assertThat(broker.interrupt()).isZero();
  }
}
