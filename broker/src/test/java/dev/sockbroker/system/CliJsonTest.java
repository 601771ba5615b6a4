package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The output of {@code --json}. */
@WithBroker
class CliJsonTest {
  private static BrokerProcess broker;

  @Test
  void shouldWriteJsonWithoutAWordBesideIt() throws Exception {
    run("open", "--name", "json", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    Command.Result listed =
        cli().with("SOCKBROKER_COLUMNS", "80").run("list", "--json", "--name", "json");

    assertThat(listed.err()).isEmpty();
    assertThat(listed.out())
        .startsWith("{\"version\":1,\"descriptors\":[{\"descriptor\":null,\"socket\":\"s")
        .contains("\"name\":\"json\",\"ownerUid\":")
        .contains(",\"kind\":\"tcp\",\"local\":{\"host\":\"127.0.0.1\",\"port\":")
        .endsWith("}]}\n");
    assertThat(run("show", "json", "--json").out()).contains("\"SO_RCVBUF\":").hasLineCount(1);
    assertThat(run("show", "--broker", "--json").out()).contains("\"pid\":" + broker.pid());
  }

  @Test
  void shouldAnswerEveryCommandAsJson() throws Exception {
    run("open", "--name", "answers", "--retain", "60s", "udp:127.0.0.1:0");
    try (Broker client = Broker.connect(broker.socket());
        SharedSocket held = client.attach("answers")) {
      assertThat(held.isClosed()).isFalse();
      assertThat(run("close", "answers", "--json").out())
          .matches(
              "\\{\"version\":1,\"socket\":\"s\\d+\",\"closed\":false,\"descriptors\":1,\"tokens\":0}\n");
      String session = run("sessions", "--json").out();
      assertThat(session).contains("\"session\":" + client.session() + ",");
      assertThat(run("end", Long.toString(client.session()), "--json").out())
          .isEqualTo("{\"version\":1,\"session\":" + client.session() + "}\n");
    }
    assertThat(run("ping", "-c", "1", "--json").out())
        .matches("\\{\"version\":1,\"broker\":\".*\"requests\":1,\"minMicros\":\\d+,.*}\n");
    assertThat(run("version", "--json").out()).contains("\"path\":\"" + broker.socket() + "\"}");
  }

  private static Command.Result run(String... arguments) throws IOException, InterruptedException {
    return cli().run(arguments);
  }

  private static Command cli() {
    return Command.to(broker.socket());
  }
}
