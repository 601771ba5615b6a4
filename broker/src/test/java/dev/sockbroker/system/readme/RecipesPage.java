package dev.sockbroker.system.readme;

import static dev.sockbroker.system.readme.Script.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;

/** The recipes. Each server is replaced by another one, as the page says. */
final class RecipesPage {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int ANSWERS = 20;

  /** Who has the socket. */
  private static final String HOLDERS =
      "scripts/sockbroker list --name web --columns pid --no-header";

  private final Page page = Page.read("scripts/examples/README.md");
  private final Machine machine = new Machine(Machine.NO_INIT);
  private String ask;

  Script script() {
    return new Script(
        page,
        machine,
        List.of(
            row("scripts/sockbroker serve", this::serve),
            row("curl ", block -> ask = block.text()),
            row("scripts/sockbroker exec ", block -> replace(block, "nginx")),
            row("scripts/sockbroker exec ", block -> replace(block, "haproxy")),
            row("scripts/sockbroker exec ", block -> replace(block, "node")),
            row("scripts/sockbroker exec ", block -> replace(block, "uvicorn"))));
  }

  private void serve(Block block) throws Exception {
    machine.start(block.text()).await("ready");
  }

  private void replace(Block block, String name) throws Exception {
    Terminal former = machine.start(block.text());
    await().atMost(SOON).ignoreExceptions().until(this::answer, it -> isBy(name, it));
    String first = answer();
    Terminal next = machine.start(block.text());
    await().atMost(SOON).until(() -> machine.execute(HOLDERS).lines().count() == 2);

    former.interrupt();

    String second = answer();
    assertThat(second).matches(it -> isBy(name, it)).isNotEqualTo(first);
    for (int i = 0; i < ANSWERS; i++) {
      assertThat(answer()).isEqualTo(second);
    }
    next.interrupt();
    await().atMost(SOON).until(() -> machine.execute(HOLDERS).isEmpty());
  }

  private static boolean isBy(String name, String answer) {
    return answer.matches("hello from " + name + " \\d+\n");
  }

  /** curl shows its progress before the answer. */
  private String answer() throws Exception {
    return machine.execute(ask).replaceFirst("(?s).*(?=hello from )", "");
  }
}
