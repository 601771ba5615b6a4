package dev.sockbroker.broker.session;

import dev.sockbroker.broker.core.SingleUseKeys;
import dev.sockbroker.protocol.wire.FrameCodec;

/** What all sessions of the loop share. */
public record LoopShared(
    ConnectionLoop connections,
    FrameCodec codec,
    SingleUseKeys<FrameProxy> fdKeys,
    Rotation rotation) {
  public LoopShared(ConnectionLoop connections, Rotation rotation) {
    this(connections, new FrameCodec(), new SingleUseKeys<>(FrameProxy::identity), rotation);
  }
}
