package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.os.StateMemory.Owner;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Only the first broker that asks becomes the owner of the state (rule 56). */
class StateMemoryTest {
  private final SystemCalls calls = new SystemCalls();

  private StateMemory sameOf(StateMemory memory, int bytes) throws Exception {
    int duplicate = calls.fcntl(memory.fd(), Linux.F_DUPFD_CLOEXEC, 0);
    return StateMemory.open(duplicate, bytes);
  }

  @Test
  void shouldShareTheState() throws Exception {
    try (StateMemory sent = StateMemory.create(5);
        StateMemory received = sameOf(sent, 5)) {
      sent.state().put(new byte[] {1, 2, 3, 4, 5});
      assertThat(received.state()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));
    }
  }

  @Test
  void shouldHaveOneOwner() throws Exception {
    for (Owner first : Owner.values()) {
      Owner second = first == Owner.OLD ? Owner.NEW : Owner.OLD;
      try (StateMemory one = StateMemory.create(5);
          StateMemory other = sameOf(one, 5)) {
        assertThat(one.own(first)).isTrue();
        assertThat(other.own(second)).isFalse();
        assertThat(other.own(second)).isFalse();
      }
    }
  }
}
