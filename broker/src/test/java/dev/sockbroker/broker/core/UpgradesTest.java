package dev.sockbroker.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.state.SavedUpgrade;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may upgrade the broker, and who is told (rules 62, 63, 67). */
class UpgradesTest {
  private final TestBroker broker = new TestBroker();
  private final RecordingSession alice = broker.connect(11);
  private final RecordingSession root = broker.administrator(12);
  private final List<Long> started = new ArrayList<>();

  private void mayStart() {
    broker.conductor.upgrades().startedBy(started::add);
  }

  @Test
  void shouldBeRefusedWithoutAWayToStartAnother() {
    assertThat(root.outcome(new Request.Upgrade(null))).isEqualTo("EOPNOTSUPP");
  }

  @Test
  void shouldStartForAdministratorsOnly() {
    mayStart();
    assertThat(alice.outcome(new Request.Upgrade(null))).isEqualTo("EPERM");
    root.begin(new Request.Upgrade(500L));
    assertThat(started).containsExactly(500L);
  }

  @Test
  void shouldStartOneAtATime() {
    mayStart();
    root.begin(new Request.Upgrade(null));
    assertThat(root.outcome(new Request.Upgrade(null))).isEqualTo("EALREADY");
    broker.conductor.upgrades().refuse(new RefusedException(Errno.ECANCELED, "it has failed"));
    root.begin(new Request.Upgrade(null));
    assertThat(started).hasSize(2);
  }

  @Test
  void shouldForgetAClientThatHasLeft() {
    mayStart();
    root.begin(new Request.Upgrade(null));
    root.end();
    broker.settle();
    assertThat(broker.conductor.upgrades().save(5).asked()).isNull();
    broker.conductor.upgrades().refuse(new RefusedException(Errno.ECANCELED, "it has failed"));
  }

  @Test
  void shouldTellWatchersAndCount() {
    alice.ask(Reply.Done.class, new Request.Watch(true));
    broker.handOver(alice, root).onTakenOver(new SavedUpgrade("0.9", 3, null, 0));
    broker.settle();
    assertThat(alice.takeEvents()).containsExactly("UPGRADED");
    Reply.BrokerInfo info = root.ask(Reply.BrokerInfo.class, new Request.ShowBroker());
    assertThat(info.upgrades()).isEqualTo(3);
  }
}
