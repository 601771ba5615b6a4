package dev.sockbroker.protocol.wire;

import java.io.IOException;

/** Bytes that are no frame. Nothing after them can be trusted, so the session ends. */
public final class MalformedFrameException extends IOException {
  private static final long serialVersionUID = 1;

  public MalformedFrameException(String message) {
    super(message);
  }
}
