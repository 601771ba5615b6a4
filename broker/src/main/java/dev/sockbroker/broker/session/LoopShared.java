package dev.sockbroker.broker.session;

import dev.sockbroker.protocol.wire.FrameCodec;

/** What all sessions of the loop share. */
public record LoopShared(FrameCodec codec, FdKeys fdKeys, Rotation rotation) {
  public LoopShared(Rotation rotation) {
    this(new FrameCodec(), new FdKeys(), rotation);
  }
}
