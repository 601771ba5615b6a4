package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** By what a broker knows another one (rule 53). */
class BrokerMarkTest {
  @Test
  void shouldKnowABrokerByTheNameOfItsProcess() throws Exception {
    // The shell takes the name, says that it has it, and waits for the end of its input.
    Process process =
        new ProcessBuilder("sh", "-c", "echo sockbrokerd >/proc/$$/comm; echo named; read _")
            .start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("named");
      assertThat(BrokerMark.refusal((int) process.pid())).hasMessageContaining("by a broker");
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(BrokerMark.refusal((int) process.pid()))
        .as("it has ended")
        .hasMessageContaining("cannot read");
  }

  @Test
  void shouldTakeNoOtherProcessForABroker() {
    assertThat(BrokerMark.refusal((int) ProcessHandle.current().pid())).isNull();
  }
}
