package dev.sockbroker.protocol.wire;

import java.io.IOException;

/** The bytes are not a valid frame. The bytes after them cannot be trusted, so the session ends. */
public final class MalformedFrameException extends IOException {
  private static final long serialVersionUID = 1;

  public MalformedFrameException(String message) {
    super(message);
  }
}
