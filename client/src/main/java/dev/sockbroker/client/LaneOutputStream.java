package dev.sockbroker.client;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** The sending direction of a lane as an OutputStream. */
final class LaneOutputStream extends OutputStream {
  private final LaneWriter writer;

  LaneOutputStream(LaneWriter writer) {
    this.writer = writer;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    writer.write(ByteBuffer.wrap(from, offset, length), Broker.FOREVER);
  }
}
