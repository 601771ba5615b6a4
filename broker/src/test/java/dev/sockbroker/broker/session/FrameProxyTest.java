package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The connection of a client that does not read, after an upgrade (rules 26 and 57). */
class FrameProxyTest {
  /** Between the two marks, and more than the kernel takes at once. */
  private static final int OUTPUT = ClientConnection.FULL_BYTES / 5 * 4;

  private final ConnectionRig rig = new ConnectionRig();

  private FrameProxy restored(boolean full) {
    LoopShared shared = new LoopShared(rig.io, new Rotation(Runnable::run, _ -> {}));
    FrameProxy of = new FrameProxy(rig.connection.hold(), new Identity(1, 0), rig.kernel, shared);
    ByteBuf output = rig.zeros(OUTPUT);
    SavedConnection saved =
        new SavedConnection(
            new Fd(1),
            1,
            0,
            null,
            0,
            Unpooled.EMPTY_BUFFER,
            null,
            output,
            List.of(),
            null,
            null,
            full,
            0);
    rig.run(() -> of.restore(saved, null));
    return of;
  }

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void shouldNotTakeAClientForAReaderThatHasNotReadYet() {
    FrameProxy proxy = restored(true);
    rig.run(rig.connection::resume);
    assertThat(proxy.isWritable()).isFalse();
  }

  @Test
  void shouldServeAClientThatWasServed() {
    assertThat(restored(false).isWritable()).isTrue();
  }

  @Test
  void shouldServeTheClientAsBeforeWhenItHasRead() {
    FrameProxy proxy = restored(true);
    rig.run(rig.connection::resume);
    assertThat(rig.receiveAll()).isEqualTo(OUTPUT);
    assertThat(proxy.isWritable()).isTrue();
    rig.run(() -> rig.connection.write(rig.zeros(OUTPUT), null));
    assertThat(proxy.isWritable()).isTrue();
  }
}
