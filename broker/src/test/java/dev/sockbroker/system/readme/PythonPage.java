package dev.sockbroker.system.readme;

import static dev.sockbroker.system.readme.Script.row;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** The Python client's page. A reader saves its programs in the checkout. */
final class PythonPage {
  private static final String PYTHON = "~/venv/bin/python ";
  private static final String ACCEPTS = "worker \\d+ accepts at \\('127.0.0.1', 8083\\)\n";

  private final Page page = Page.read("scripts/examples/python/README.md");
  private final Machine machine = new Machine(Machine.NO_INIT);

  Script script() {
    return new Script(
        page,
        machine,
        List.of(
            row("python3 -m venv ~/venv", this::install),
            row("scripts/sockbroker serve", this::serve),
            row("import sockbroker", block -> save(block, "echo.py")),
            row("~/venv/bin/python echo.py", this::startWorkers),
            row("exec 3<>", this::ask),
            row("import asyncio", this::shout),
            row("import socket", this::share),
            row("import os", block -> save(block, "inherited.py")),
            row("scripts/sockbroker exec ", this::inherit),
            row("~/venv/bin/python -m sockbroker.conformance", this::conform),
            row("cd scripts/examples/python", this::test)));
  }

  private void install(Block block) throws Exception {
    assertThat(machine.execute(block.text())).contains("Successfully installed sockbroker-");
  }

  private void serve(Block block) throws Exception {
    machine.start(block.text()).await("ready");
  }

  /** "Save this as echo.py". */
  private void save(Block block, String name) throws Exception {
    assertThat(page.text()).contains("`" + name + "`");
    Files.writeString(machine.files().resolve(name), block.text());
    machine.execute("cp /mnt/files/" + name + " .");
  }

  /** "Start it in two terminals". */
  private void startWorkers(Block block) throws Exception {
    machine.start(block.text()).await(ACCEPTS);
    machine.start(block.text()).await(ACCEPTS);
  }

  private void ask(Block block) throws Exception {
    assertThat(machine.execute(block.text())).isEqualTo("hello\n");
  }

  private void shout(Block block) throws Exception {
    save(block, "shout.py");
    machine.start(PYTHON + "shout.py").await("accepts at \\('127.0.0.1', 8084\\)\n");
    String ask = "exec 3<>/dev/tcp/127.0.0.1/8084; echo hello >&3; read -r it <&3; echo $it";
    assertThat(machine.execute(ask)).isEqualTo("HELLO\n");
  }

  /** Its comments say what it prints. */
  private void share(Block block) throws IOException, InterruptedException {
    Files.writeString(machine.files().resolve("share.py"), block.text());
    assertThat(machine.execute(PYTHON + "/mnt/files/share.py"))
        .containsSubsequence(
            "131072\n",
            "Replaced(",
            "[Happened(event='ACCEPT', error=0)]\n",
            "b'by the raw socket'\n",
            "Promoted(");
  }

  private void inherit(Block block) throws Exception {
    machine.start(block.text()).await("web at \\('127.0.0.1', 8085\\)\n");
    assertThat(machine.execute("cat </dev/tcp/127.0.0.1/8085")).matches("hello from \\d+\n");
  }

  private void conform(Block block) throws Exception {
    String output = machine.execute(block.text());
    assertThat(output).containsPattern("Ran [67]\\d tests").endsWith("OK\n");
  }

  /** PythonPackageTest runs them all. */
  private void test(Block block) throws Exception {
    String command = block.text().strip() + " tests.test_frames";
    assertThat(machine.execute(command)).containsPattern("Ran 3 tests").endsWith("OK\n");
  }
}
