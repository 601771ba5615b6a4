package dev.sockbroker.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.Request;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FrameReaderTest {
  private static final int ROOM = 64;

  private final FrameCodec codec = new FrameCodec();
  private final FrameReader frames = new FrameReader(ROOM);

  private byte[] frame(long id, int payload) {
    ByteBuffer head = codec.encode(id, new Request.SendMore(4), payload);
    byte[] bytes = new byte[head.remaining() + payload];
    head.get(bytes, 0, head.remaining());
    for (int i = bytes.length - payload; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  private static ByteBuffer joined(List<byte[]> parts) {
    ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
    parts.forEach(all::put);
    return all.flip();
  }

  /** Returns a few bytes at a time, and -1 at the end. */
  private static FrameReader.Source inPieces(ByteBuffer bytes, int piece) {
    return into -> {
      int count = Math.min(piece, Math.min(bytes.remaining(), into.remaining()));
      into.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return bytes.hasRemaining() || count > 0 ? count : -1;
    };
  }

  private static byte[] bytes(ByteBuffer frame) {
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  @Test
  void shouldCutTheStreamWhateverThePiecesInWhichItComes() throws IOException {
    List<byte[]> sent = new ArrayList<>();
    for (int i = 1; i < 20; i++) {
      // around the initial buffer size, and far above it
      sent.add(frame(i, i % 5 == 0 ? 5000 : 7 * i));
    }
    for (int piece : new int[] {1, 3, 27, 28, 29, 100, 1 << 20}) {
      FrameReader reader = new FrameReader(ROOM);
      FrameReader.Source source = inPieces(joined(sent), piece);
      for (byte[] one : sent) {
        assertThat(bytes(reader.read(source))).isEqualTo(one);
      }
      assertThatThrownBy(() -> reader.read(source)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void shouldAnswerNullWhileAFrameIsNotWhole() throws IOException {
    ByteBuffer stream = joined(List.of(frame(1, 10)));
    int size = stream.remaining();

    assertThat(frames.next()).isNull();
    assertThat(frames.missing()).isZero();
    frames.fill(inPieces(stream, 3));
    assertThat(frames.next()).isNull();
    assertThat(frames.missing()).isZero();
    frames.fill(inPieces(stream, 2));
    assertThat(frames.next()).isNull();
    assertThat(frames.missing()).isEqualTo(size - 5);
    frames.fill(inPieces(stream, size));
    assertThat(frames.next()).isNotNull();
    assertThat(frames.missing()).isZero();
    assertThat(frames.fill(inPieces(stream, size))).isFalse();
  }

  @Test
  void shouldLetThePayloadGoElsewhere() throws IOException {
    byte[] first = frame(1, 5000);
    byte[] second = frame(2, 3);
    ByteBuffer stream = joined(List.of(first, second));
    frames.fill(inPieces(stream, 40));
    assertThat(frames.next()).isNull();

    ByteBuffer room = ByteBuffer.allocate(first.length);
    room.put(frames.take(frames.rest().remaining()));
    assertThat(frames.missing()).isZero();
    frames.fill(
        in -> {
          while (room.hasRemaining()) {
            room.put(stream.get());
          }
          return inPieces(stream, second.length).read(in);
        });

    assertThat(room.array()).isEqualTo(first);
    assertThat(bytes(frames.next())).isEqualTo(second);
  }

  @Test
  void shouldRefuseAFrameOverTheLimitBeforeItMakesRoom() throws IOException {
    byte[] large = frame(1, 2000);
    frames.frameBytesMax(large.length - 1);
    frames.fill(inPieces(ByteBuffer.wrap(large), 40));
    assertThatThrownBy(frames::next).isInstanceOf(MalformedFrameException.class);

    FrameReader wide = new FrameReader(ROOM);
    wide.frameBytesMax(large.length);
    assertThat(bytes(wide.read(inPieces(ByteBuffer.wrap(large), 40)))).isEqualTo(large);
  }
}
