package dev.sockbroker.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all. An ordinary run tries the frames of the golden files; {@code JAZZER_FUZZ=1 mvn
 * -pl protocol test -Dtest=FrameCodecFuzzTest -Djazzer.hooks=true} invents others for a minute.
 */
class FrameCodecFuzzTest {
  private final FrameCodec codec = new FrameCodec();

  static Stream<byte[]> frames() {
    return Samples.all().stream().map(GoldenFile::frame);
  }

  @MethodSource("frames")
  @FuzzTest(maxDuration = "1m")
  void shouldThrowNothingButItsOwnAndWriteWhatItRead(byte @NotNull [] bytes) throws Exception {
    Message read;
    try {
      read = codec.decode(ByteBuffer.wrap(bytes), FrameHeader.FRAME_BYTES_MAX).message();
    } catch (MalformedFrameException | InvalidMessageException e) {
      assertThat(e.getMessage()).hasSizeLessThan(2000);
      return;
    }
    ByteBuffer written = codec.encode(7, read, 0);
    assertThat(codec.decode(written, Integer.MAX_VALUE).message()).isEqualTo(read);
  }
}
