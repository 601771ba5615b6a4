package dev.sockbroker.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RoundTripTest {
  static List<Message> samples() {
    return Samples.all();
  }

  static List<Class<? extends Message>> types() {
    return Samples.types();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void shouldReadWhatItWroteWithEveryFieldSet(Message message) throws Exception {
    assertThatEveryFieldIsSet(message);
    byte[] frame = GoldenFile.frame(message);

    Frame onHeap = new FrameCodec().decode(ByteBuffer.wrap(frame), frame.length);
    ByteBuffer direct = ByteBuffer.allocateDirect(frame.length).put(frame).flip();
    Frame offHeap = new FrameCodec().decode(direct, frame.length);

    assertThat(onHeap.message()).isEqualTo(message);
    assertThat(offHeap.message()).isEqualTo(message);
    assertThat(offHeap.payload()).isEqualTo(ByteBuffer.wrap(Samples.payload(message)));
  }

  @ParameterizedTest
  @MethodSource("types")
  void shouldReadAMessageWithNoFieldSetOrNameTheFieldItNeeds(Class<? extends Message> type)
      throws Exception {
    FrameHeader header =
        new FrameHeader(FrameHeader.LENGTH_MIN, MessageTypes.number(type), 7, 0, 0);
    FrameCodec codec = new FrameCodec();

    Message[] read = new Message[1];
    Throwable refused =
        catchThrowable(() -> read[0] = codec.decode(header, ByteBuffer.allocate(0)));

    if (refused != null) {
      assertThat(refused)
          .isInstanceOf(InvalidMessageException.class)
          .hasMessageStartingWith(type.getSimpleName())
          .hasMessageEndingWith("is missing");
    } else {
      assertThat(codec.encode(7, read[0], 0).remaining())
          .as("what is null, zero or false is not written")
          .isEqualTo(FrameHeader.BYTES);
    }
  }

  @Test
  void shouldTellZeroFromLeftOutWhereTheyDiffer() throws Exception {
    assertThat(again(new Request.Accept(42, 0L))).isEqualTo(new Request.Accept(42, 0L));
    assertThat(again(new Request.Accept(42, null))).isEqualTo(new Request.Accept(42, null));
    assertThat(again(new Request.Bind(42, Address.inet("::", 0))))
        .isEqualTo(new Request.Bind(42, Address.inet("::", 0)));
    assertThat(again(Request.AsyncSelect.cancelAny(42)))
        .isEqualTo(Request.AsyncSelect.cancelAny(42));
    assertThat(again(new Reply.Option(false))).isEqualTo(new Reply.Option(false));
    assertThat(again(new Reply.Option(0L))).isEqualTo(new Reply.Option(0L));
  }

  @Test
  void shouldCarryTheLargestNumbersAndAnyText() throws Exception {
    Message close = new Request.Close(Long.MAX_VALUE);
    Message value =
        new Reply.Option(Map.of("\u20ac \"\\\u0000", List.of(Long.MIN_VALUE, "\ud83d\ude00")));

    assertThat(again(close)).isEqualTo(close);
    assertThat(again(value)).isEqualTo(value);
  }

  @Test
  void shouldWriteHalfACharacterAsAQuestionMark() throws Exception {
    assertThat(again(new Reply.Error("EINVAL", 22, "no \ud800.", false)))
        .isEqualTo(new Reply.Error("EINVAL", 22, "no ?.", false));
  }

  @Test
  void shouldUseItsBuffersAgainAfterALargeMessage() throws Exception {
    FrameCodec codec = new FrameCodec();
    Message large = new Reply.Option("x".repeat(900_000));

    assertThat(codec.encode(7, large, 0).remaining()).isGreaterThan(900_000);
    assertThat(codec.encode(7, new Request.Ping(), 0).remaining()).isEqualTo(FrameHeader.BYTES);
    ByteBuffer frame = codec.encode(8, large, 0);
    assertThat(codec.decode(frame, FrameHeader.FRAME_BYTES_MAX).message()).isEqualTo(large);
  }

  private static Message again(Message message) throws Exception {
    FrameCodec codec = new FrameCodec();
    return codec.decode(codec.encode(7, message, 0), FrameHeader.FRAME_BYTES_MAX).message();
  }

  /** A field that a sample omits would be missing from the golden files. */
  private static void assertThatEveryFieldIsSet(Object value) throws Exception {
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object field = component.getAccessor().invoke(value);
      boolean either = value instanceof Address || value instanceof Request.Duplicate;
      if (field == null && either) {
        continue; // they choose one of several places or targets
      }
      assertThat(field)
          .as(component + " of " + value)
          .isNotIn(0, 0L, false, null)
          .isNotEqualTo(List.of());
      for (Object inner : field instanceof Collection<?> list ? list : List.of(field)) {
        if (inner instanceof Record && !(value instanceof Reply.NetworkEvents)) {
          assertThatEveryFieldIsSet(inner);
        }
      }
    }
  }
}
