package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Identity;
import dev.sockbroker.broker.core.SingleUseKeys;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.protocol.wire.FrameCodec;
import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The connection of a client that does not read, after an upgrade (rules 26 and 57). */
class FrameProxyTest {
  private static final int LOW = 100;
  private static final int HIGH = 1000;

  private final EmbeddedChannel channel = new EmbeddedChannel();

  /** Restores a connection with output between the two marks. */
  private FrameProxy restored(boolean full) {
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(LOW, HIGH));
    FrameProxy of =
        new FrameProxy(
            channel,
            new Identity(1, 0),
            null,
            new FrameCodec(),
            new SingleUseKeys<>(FrameProxy::identity));
    SavedConnection saved =
        new SavedConnection(
            new Fd(1),
            1,
            0,
            null,
            0,
            Unpooled.EMPTY_BUFFER,
            null,
            Unpooled.buffer().writeZero(HIGH / 2),
            List.of(),
            null,
            null,
            full);
    of.held().restore(saved, null);
    return of;
  }

  @AfterEach
  void close() {
    channel.flush();
    channel.finishAndReleaseAll();
  }

  @Test
  void shouldNotTakeAClientForAReaderThatHasNotReadYet() {
    assertThat(restored(true).isWritable()).isFalse();
  }

  @Test
  void shouldServeAClientThatWasServed() {
    assertThat(restored(false).isWritable()).isTrue();
  }

  @Test
  void shouldServeTheClientAsBeforeWhenItHasRead() {
    FrameProxy proxy = restored(true);
    channel.flush();
    assertThat(proxy.isWritable()).isTrue();
    channel.write(Unpooled.buffer().writeZero(HIGH / 2));
    assertThat(proxy.isWritable()).isTrue();
  }
}
