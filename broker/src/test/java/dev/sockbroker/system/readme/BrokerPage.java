package dev.sockbroker.system.readme;

import static dev.sockbroker.system.readme.Script.row;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The broker's page: the command line, JSON, benchmarks, and the service on a real systemd. */
final class BrokerPage {
  private final Page page = Page.read("broker/README.md");
  private final Machine machine = new Machine(Machine.SYSTEMD);
  private Terminal broker;
  private String installed;
  private final List<String> policyAnswers = new ArrayList<>();

  Script script() {
    return new Script(
        page,
        machine,
        List.of(
            row("scripts/sockbroker serve", this::serve),
            row("scripts/sockbroker open ", this::openAndList),
            row("scripts/sockbroker exec ", this::exec),
            row("{\"version\":1,\"descriptors\":[", this::compareJson),
            row("scripts/sockbroker upgrade", this::upgrade),
            row("scripts/bench upgrade", this::restart),
            row("scripts/sockbroker bench", this::bench),
            row("scripts/bench restart", this::restart),
            row("OpenJDK Runtime Environment", this::compareStart),
            row("sudo scripts/install", this::install),
            row("sudo systemd-sysusers ", this::startService),
            row("sudo usermod ", this::admitUser),
            row("[Service]", this::changeService),
            row("[Unit]", BrokerPage::compareExample),
            row("log-level = ", this::checkConfiguration),
            row("[[rule]]", this::checkPolicy),
            row("sockbroker policy test ", this::askPolicy),
            row("allowed by rule 'web'", this::comparePolicy),
            row("{\"audit\":\"refused\"", this::compareAudit),
            row("[[rule]]", this::checkAgents),
            row("sockbroker policy test --config agents.toml", this::askAgents),
            row("allowed by rule 'agents'", this::compareAgents),
            row("sockbroker metrics | grep", this::readMetrics),
            row("rule_files:", this::checkScraping),
            row("systemctl status", this::restartBroker),
            row("sockbroker top --once --filter web", this::bringWorkerBack),
            row("sockbroker top --once --sort queue", this::lookAtConnections),
            row("sockbroker sessions --sort", this::lookAtLimits),
            row("sockbroker top --once --sort in", this::dump),
            row("sockbroker web --port", this::look)));
  }

  private void serve(Block block) throws Exception {
    broker = machine.start(block.text()).await("ready");
  }

  private void openAndList(Block block) throws Exception {
    assertThat(machine.execute(block.text())).containsPattern("\n- +s\\d+ +web .* LISTENING ");
  }

  /** PROGRAM stands for the reader's program. Here it is one that shows its sockets. */
  private void exec(Block block) throws Exception {
    machine.execute("scripts/sockbroker open --name admin --retain 10m tcp-listen:127.0.0.1:0");
    assertThat(block.text()).endsWith(" PROGRAM ARGS\n");
    assertThat(machine.execute(block.text().replace("PROGRAM ARGS", "env")).lines())
        .contains("LISTEN_FDS=2", "LISTEN_FDNAMES=web:admin");
  }

  /** Checks for the same fields and types. Only a worker has a registration. */
  private void compareJson(Block block) throws Exception {
    machine.start("python3 scripts/examples/sockbroker.py serve").await("registered");
    JsonShape real = JsonShape.of(machine.execute("scripts/sockbroker list --json"));
    JsonShape shown = JsonShape.of(block.text());

    // the field itself if it is null
    real.values().remove("/descriptors/registration VALUE_NULL");
    assertThat(real.values()).containsAll(shown.values());
    assertThat(shown.paths()).isEqualTo(real.paths());
  }

  /** The launcher of the first broker stays, and is interrupted later. */
  private void upgrade(Block block) throws Exception {
    assertThat(machine.execute(block.text()))
        .matches("\\S+ -> \\S+, [0-9,]+ sockets?, paused [0-9]+ ms\n");
    assertThat(machine.execute("scripts/sockbroker list")).containsPattern(" web .* LISTENING ");
  }

  /** Each runs for minutes, so the test stops it when it starts to measure. */
  private void bench(Block block) throws Exception {
    for (String command : block.commands()) {
      runUntil(command, "warming up");
    }
  }

  /** Each runs for many minutes, so the test stops it after the first replacement or upgrade. */
  private void restart(Block block) throws Exception {
    for (String command : block.commands()) {
      runUntil(command, ": \\d+ of ");
    }
  }

  /** Uses a terminal, because progress is shown only there. */
  private void runUntil(String command, String progress) throws Exception {
    Terminal terminal = machine.start("script -qfec '" + command + "' /dev/null");
    terminal.await(progress);
    terminal.type("\u0003");
    terminal.exitCode();
  }

  /** Another machine has other figures, but the same words. */
  private void compareStart(Block block) throws Exception {
    assertThat(page.text()).contains("`scripts/bench start` measured this");
    assertThat(words(machine.execute("scripts/bench start 1"))).isEqualTo(words(block.text()));
  }

  private static List<String> words(String output) {
    return output
        .lines()
        .map(line -> line.replaceAll("^OpenJDK .*?,|[0-9.]+", "*").replaceAll(" +", " "))
        .toList();
  }

  /** The service has the same path as root's manual broker, which ends first. */
  private void install(Block block) throws Exception {
    assertThat(broker.interrupt()).isZero();
    installed = machine.execute(block.text());
    assertThat(installed).contains("installed /usr/local/bin/sockbroker\n");
  }

  /** "It starts nothing; it prints what to do next". */
  private void startService(Block block) throws Exception {
    for (String command : block.commands()) {
      assertThat(installed).contains("  " + command.replaceFirst("^sudo ", "") + "\n");
    }
    machine.execute(block.text());
    assertThat(machine.execute("systemctl is-active sockbroker.socket sockbroker.service"))
        .isEqualTo("active\nactive\n");
  }

  /** The reader is root. The admitted user must be able to do the same. */
  private void admitUser(Block block) throws Exception {
    machine.execute("useradd --no-create-home alice");
    assertThat(machine.execute(block.text())).contains("REGISTRATION");
    String list = block.text().lines().toList().get(1);
    machine.execute("setpriv --reuid=alice --regid=alice --init-groups sh -c '" + list + "'");
  }

  /** The file is where {@code systemctl edit} puts it. */
  private void changeService(Block block) throws Exception {
    Files.writeString(machine.files().resolve("drop-in.conf"), block.text());
    String directory = "/etc/systemd/system/sockbroker.service.d";
    machine.execute("install -D -m 644 /mnt/files/drop-in.conf " + directory + "/override.conf");

    assertThat(machine.execute("systemd-analyze verify sockbroker.service")).isEmpty();
    machine.execute("systemctl daemon-reload && systemctl restart sockbroker.service");
    assertThat(
            machine.execute(
                "tr '\\0' ' ' </proc/$(systemctl show --value -p MainPID sockbroker)/cmdline"))
        .contains(" --limit sockets=1000 ");
  }

  /** ServiceUnitsTest has systemd check the whole unit. */
  private static void compareExample(Block block) throws Exception {
    Path unit = Page.CHECKOUT.resolve("scripts/systemd/example-web.service");
    assertThat(Files.readAllLines(unit)).containsAll(block.text().lines().toList());
  }

  private String check(String name, Block block) throws Exception {
    Files.writeString(machine.files().resolve(name), block.text());
    return machine.execute("sockbroker check /mnt/files/" + name);
  }

  private void checkConfiguration(Block block) throws Exception {
    assertThat(check("sockbroker.toml", block)).isEqualTo("ok: no policy\n");
  }

  private void checkPolicy(Block block) throws Exception {
    assertThat(check("policy.toml", block)).isEqualTo("ok: 1 rule, 1 denial\n");
  }

  /** "The first exits with 0, and the next two with 1". */
  private void askPolicy(Block block) throws Exception {
    for (String command : block.commands()) {
      policyAnswers.add(machine.execute("cd /mnt/files && " + command + "; echo exit $?"));
    }
    assertThat(policyAnswers.get(0)).endsWith("\nexit 0\n");
    assertThat(policyAnswers.get(1)).endsWith("\nexit 1\n");
    assertThat(policyAnswers.get(2)).endsWith("\nexit 1\n");
    assertThat(policyAnswers.get(3)).contains("rule 'web' (policy.toml:1)\n  for user www-data");
  }

  private void comparePolicy(Block block) {
    assertThat(policyAnswers.stream().limit(3).map(it -> it.lines().findFirst().orElseThrow()))
        .containsExactlyElementsOf(block.text().lines().toList());
  }

  private void checkAgents(Block block) throws Exception {
    assertThat(check("agents.toml", block)).isEqualTo("ok: 1 rule, 1 denial\n");
  }

  private void askAgents(Block block) throws Exception {
    policyAnswers.clear();
    for (String command : block.commands()) {
      policyAnswers.add(machine.execute("cd /mnt/files && " + command + "; true"));
    }
  }

  private void compareAgents(Block block) {
    assertThat(String.join("", policyAnswers)).isEqualTo(block.text());
  }

  private void readMetrics(Block block) throws Exception {
    machine.execute(
        "sed -i 's|^#http = .*|http = \"127.0.0.1:9464\"|' /etc/sockbroker/sockbroker.toml"
            + " && sockbroker reload");
    assertThat(machine.execute(block.text()))
        .contains("sockbroker_sessions ", "sockbroker_loop_busy_seconds_total ");
  }

  /** Beside a copy of the rules, as the page says. */
  private void checkScraping(Block block) throws Exception {
    Files.writeString(machine.files().resolve("prometheus.yml"), block.text());
    Files.copy(
        Page.CHECKOUT.resolve("scripts/monitoring/alerts.yml"),
        machine.files().resolve("alerts.yml"));
    assertThat(machine.execute("promtool check config /mnt/files/prometheus.yml"))
        .contains("SUCCESS: 5 rules found");
  }

  private void restartBroker(Block block) throws Exception {
    assertThat(machine.execute(block.text())).contains("active (running)", "answer 1 of 1: ");
    assertThat(machine.execute("systemctl is-active sockbroker")).isEqualTo("active\n");
  }

  /** A client waits while the service of the worker is down. */
  private void bringWorkerBack(Block block) throws Exception {
    Files.writeString(
        machine.files().resolve("worker.py"),
        """
        import socket
        listener = socket.socket(fileno=3)
        while True:
            conn, _ = listener.accept()
            conn.sendall(b"served")
            conn.close()
        """);
    Files.writeString(
        machine.files().resolve("web.service"),
        """
        [Service]
        ExecStart=/usr/local/bin/sockbroker exec --open web=tcp-listen:127.0.0.1:8080 -- \
            python3 /mnt/files/worker.py
        """);
    machine.execute(
        "cp /mnt/files/web.service /etc/systemd/system && systemctl daemon-reload"
            + " && sockbroker open --name web --retain 1h tcp-listen:127.0.0.1:8080");
    String connect = "import socket; c = socket.create_connection((\"127.0.0.1\", 8080), 30)";
    Terminal client =
        machine.start("python3 -u -c '" + connect + "; print(\"waits\"); print(c.recv(9))'");
    client.await("waits");

    assertThat(machine.execute(block.text())).contains("1/4096!", "LISTENING");
    assertThat(client.end()).contains("b'served'");
  }

  private void lookAtConnections(Block block) throws Exception {
    assertThat(machine.execute(block.text())).contains("QUEUE", "net.core.somaxconn = ");
  }

  private void lookAtLimits(Block block) throws Exception {
    assertThat(machine.execute(block.text())).contains("DESCRIPTORS", "buffered bytes", "reloaded");
  }

  private void dump(Block block) throws Exception {
    assertThat(machine.execute(block.text())).contains("IN/S", "wrote /tmp/sockbroker.zip");
    String names = "import zipfile; print(zipfile.ZipFile(\"/tmp/sockbroker.zip\").namelist())";
    assertThat(machine.execute("python3 -c '" + names + "'"))
        .contains("limits.txt", "log.txt", "threads.txt", "recording.jfr");
  }

  /** "This prints a link ..., and serves the page until Ctrl-C". */
  private void look(Block block) throws Exception {
    Terminal web = machine.start(block.text()).await("http://127.0.0.1:8888/\\?key=\\S+\n");
    String link =
        web.output().lines().filter(it -> it.startsWith("http")).findFirst().orElseThrow();
    String look = "curl -sc /tmp/cookies '" + link + "' && curl -sb /tmp/cookies ";
    assertThat(machine.execute(look + link.replaceFirst("\\?.*", ""))).contains("Who holds what");
    assertThat(web.interrupt()).isEqualTo(130);
  }

  /** The user whom an earlier block admits may do nothing under the policy. */
  private void compareAudit(Block block) throws Exception {
    machine.execute(
        "install -D -m 644 /mnt/files/policy.toml /etc/sockbroker/policy.d/web.toml"
            + " && sed -i 's|^#to = .*|to = \"/run/sockbroker/audit.log\"|'"
            + " /etc/sockbroker/sockbroker.toml && systemctl reload sockbroker");
    String open = "sockbroker open --name x --retain 1m tcp-listen:0.0.0.0:80";
    String socket = "SOCKBROKER_SOCKET=/run/sockbroker/broker.sock ";
    String refused =
        machine.execute(
            "setpriv --reuid=alice --regid=alice --init-groups sh -c '"
                + socket
                + open
                + "' || true");
    assertThat(refused).contains("EACCES");
    String line = machine.execute("head -1 /run/sockbroker/audit.log");
    assertThat(names(line)).isEqualTo(names(block.text()));
  }

  private static List<String> names(String json) {
    return Pattern.compile("[{,](\"[a-z]+\"):")
        .matcher(json)
        .results()
        .map(it -> it.group(1))
        .toList();
  }
}
