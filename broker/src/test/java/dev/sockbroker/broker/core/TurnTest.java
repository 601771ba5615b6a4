package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import org.junit.jupiter.api.Test;

/** What happens to other sessions when a message to one session cannot be delivered. */
class TurnTest {
  private final TestBroker broker = new TestBroker();

  @Test
  void shouldEndTheSessionThatFailsAndLetTheOthersGoOn() {
    RecordingSession failing = broker.connect(10);
    RecordingSession other = broker.connect(11);
    long listener = failing.listener(4);
    long others = other.listener(4);
    failing.select(listener, NetworkEvent.ACCEPT);
    other.select(others, NetworkEvent.ACCEPT);
    failing.failEvents(new IllegalStateException("made up by the test"));

    failing.dial(listener);
    other.dial(others);

    assertThat(failing.isClosed()).isTrue();
    assertThat(failing.session.isEnded()).isTrue();
    assertThat(other.takeEvents()).containsExactly("ACCEPT");
    assertThat(other.ask(new Request.Ping())).isEqualTo(new Reply.Done());
    other.end();
    broker.assertEmpty();
  }
}
