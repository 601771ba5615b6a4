package dev.sockbroker.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The received bytes of a lane as an InputStream. */
final class LaneInputStream extends InputStream {
  private final LaneReader reader;
  private final byte[] one = new byte[1];

  LaneInputStream(LaneReader reader) {
    this.reader = reader;
  }

  @Override
  public int read() throws IOException {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    return reader.read(ByteBuffer.wrap(into, offset, length), Broker.FOREVER);
  }

  @Override
  public int available() throws IOException {
    return reader.available();
  }
}
