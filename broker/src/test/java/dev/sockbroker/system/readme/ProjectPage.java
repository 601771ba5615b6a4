package dev.sockbroker.system.readme;

import static dev.sockbroker.system.readme.Script.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/**
 * The main page: a broker, servers, workers and other clients, in one story with several terminals.
 */
final class ProjectPage {
  private static final String ASK_WORKER = "curl -sS http://127.0.0.1:8081/";
  private static final String HELLO = "hello from \\d+\n";
  private static final String ACCEPTS = "worker \\d+ accepts at /127.0.0.1:8081\n";

  private final Page page = Page.read("README.md");
  private final Machine machine = new Machine(Machine.NO_INIT);
  private Terminal formerServer;
  private Terminal nextServer;
  private Terminal talk;
  private Terminal firstWorker;
  private Terminal secondWorker;
  private Terminal waiting;
  private Terminal jshell;

  Script script() {
    return new Script(
        page,
        machine,
        List.of(
            row("  worker 1 ──", picture -> {}),
            row("sudo apt install ", this::installPackage),
            row("scripts/sockbroker demo", this::demo),
            row("scripts/sockbroker serve", this::serve),
            row("scripts/sockbroker exec ", this::startServers),
            row("curl http://127.0.0.1:8080/", this::replaceServer),
            row("while java ", this::startTalk),
            row("exec 3<>", this::talk),
            row("import dev.sockbroker.client.Acceptor;", this::compareWorker),
            row("java -cp ", this::startWorkers),
            row("curl http://127.0.0.1:8081/", this::look),
            row("ID  SOCKET  NAME ", this::compareList),
            row("kill -9 ", this::killWorkers),
            row("unshare --net ", this::isolateWorker),
            row("mvn -q -f scripts/examples/servers ", this::javaServer),
            row("var broker = ", this::useLibrary),
            row("import dev.sockbroker.client.*", this::useFactory),
            row("jdbc:postgresql:", this::connectDatabase),
            row("scripts/sockbroker open ", this::openAndClose),
            row("scripts/test ", this::dryRun)));
  }

  /** PackageTest installs the package. */
  private void installPackage(Block block) throws Exception {
    StandIns.write(machine.files(), "apt");
    assertThat(machine.start(StandIns.PLACE, block.text()).end())
        .isEqualTo("apt install ./sockbroker.deb\n");
  }

  private void demo(Block block) throws Exception {
    assertThat(machine.execute(block.text())).containsPattern("(?m)^ok  ").contains("LISTENING");
  }

  private void serve(Block block) throws Exception {
    machine.start(block.text()).await("ready");
  }

  /** "Run the same line again in a third terminal". */
  private void startServers(Block block) throws Exception {
    formerServer = machine.start(block.text()).await("ready");
    nextServer = machine.start(block.text()).await("ready");
  }

  /** "Press Ctrl-C in the second terminal, and ask again". curl shows its progress, too. */
  private void replaceServer(Block block) throws Exception {
    assertThat(machine.execute(block.text())).containsPattern(HELLO);

    formerServer.interrupt();

    assertThat(machine.execute(block.text())).containsPattern(HELLO);
    nextServer.interrupt();
  }

  private void startTalk(Block block) throws Exception {
    talk = machine.start(block.text()).await("worker \\d+ waits at /127.0.0.1:8082\n");
  }

  /** Two workers answer on one connection. The loop ends when its client has left. */
  private void talk(Block block) throws Exception {
    assertThat(machine.execute(block.text()))
        .matches("worker (\\d+) got one\nworker (?!\\1\\b)\\d+ got two\n");
    assertThat(talk.end()).contains("killed\n");
  }

  private void compareWorker(Block block) throws IOException {
    assertThat(block.text())
        .isEqualTo(Files.readString(Page.CHECKOUT.resolve("scripts/examples/Worker.java")));
  }

  /** "Start it twice". */
  private void startWorkers(Block block) throws Exception {
    firstWorker = machine.start(block.text()).await(ACCEPTS);
    secondWorker = machine.start(block.text()).await(ACCEPTS);
  }

  /** The last line runs until Ctrl-C. */
  private void look(Block block) throws Exception {
    Terminal terminal = machine.start(block.text());
    terminal
        .await("(?s)" + HELLO + ".*(\nd\\d+ +s\\d+ +hello .*){2}\n.*SO_KEEPALIVE")
        .await("\n200000\n");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> machine.execute(ASK_WORKER) != null && terminal.output().contains(" accepted "));

    assertThat(terminal.interrupt()).isEqualTo(130);
  }

  /** "On a terminal of 80 columns": the columns and words, with other numbers. */
  private void compareList(Block block) throws Exception {
    String list = "script -qfec 'scripts/sockbroker list' /dev/null";
    List<String> shown = words(machine.execute("COLUMNS=80 NO_COLOR=1 " + list));
    List<String> expected = words(block.text());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(shown.get(i)).startsWith(expected.get(i));
    }
    assertThat(shown.getLast()).contains("columns do not fit; --wide");
  }

  private static List<String> words(String table) {
    return table.lines().map(line -> line.replaceAll("\\d+", "*").replaceAll(" +", " ")).toList();
  }

  /** "Clients that connect now wait for the next worker; QUEUED-IN 1! means ...". */
  private void killWorkers(Block block) throws Exception {
    assertThat(machine.execute(block.text())).containsPattern("\n- +s\\d+ +hello .* \\d+s/1m ");
    assertThat(List.of(firstWorker.exitCode(), secondWorker.exitCode())).containsOnly(137);
    waiting = machine.start(ASK_WORKER);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> machine.execute("scripts/sockbroker list --name hello").contains(" 1! "));
  }

  private void isolateWorker(Block block) throws Exception {
    machine.start(block.text()).await(ACCEPTS);
    assertThat(waiting.end()).matches(HELLO);
  }

  /** It downloads the servers, which is impossible here. JavaServersTest runs them. */
  private void javaServer(Block block) throws Exception {
    StandIns.write(machine.files(), "mvn", "java");
    Terminal terminal = machine.start(StandIns.PLACE, block.text());
    assertThat(terminal.end())
        .containsSubsequence(
            "mvn -q -f scripts/examples/servers package",
            "java -cp scripts/examples/servers/target/servers.jar servers.TomcatMain");
  }

  private void useLibrary(Block block) throws Exception {
    String line = "jshell --class-path client/all/target/sockbroker-client-all.jar";
    assertThat(page.text()).contains("`" + line + "`");
    jshell = machine.start(line);
    jshell.type(block.text());
    jshell.await("==> /127.0.0.1:8081").await("==> 200000");
  }

  private void useFactory(Block block) throws Exception {
    jshell.type(block.text());
    jshell.await("==> \"HTTP/1.0 200 OK\\\\r\\\\n\\\\r\\\\nhello from \\d+\\\\n\"");
    assertThat(jshell.output()).doesNotContain("Exception", "Error");
  }

  private void connectDatabase(Block block) throws Exception {
    new Database(machine).connect(block.text().strip());
  }

  private void openAndClose(Block block) throws Exception {
    assertThat(machine.execute(block.text())).contains("127.0.0.1:");
    assertThat(machine.execute("scripts/sockbroker list")).doesNotContain("admin");
  }

  /** These take up to a quarter of an hour, so a stub of Maven reports how it is called. */
  private void dryRun(Block block) throws Exception {
    StandIns.write(machine.files(), "mvn", "apt-get");
    assertThat(machine.start(StandIns.PLACE, block.text()).end().lines())
        .satisfiesExactly(
            all -> assertThat(all).matches("mvn -B verify -Pman,release .* -Dfuzz.seconds=20"),
            quick -> assertThat(quick).isEqualTo("mvn -B test"),
            fuzz -> assertThat(fuzz).matches("mvn .*FuzzTest.* -Dfuzz.seconds=600 -Dfuzz.seed=7"),
            format ->
                assertThat(format).isEqualTo("mvn -q -N validate -Dformat.options=--replace"));
  }
}
