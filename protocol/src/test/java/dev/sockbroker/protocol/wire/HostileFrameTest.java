package dev.sockbroker.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bytes that no honest client writes. An invalid frame or invalid JSON ends the session. A
 * well-formed message with invalid content is answered.
 */
class HostileFrameTest {
  private static final String LONG = "x".repeat(500_000);
  private final FrameCodec codec = new FrameCodec();

  @Test
  void shouldRefuseALengthBeforeTheRestIsThere() {
    for (int length : new int[] {0, 23, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, (1 << 20) - 3}) {
      assertThatThrownBy(() -> FrameHeader.checkLength(length, 1 << 20))
          .isInstanceOf(MalformedFrameException.class)
          .hasMessageContaining("is not between 24 and 1048572");
    }
  }

  @Test
  void shouldTakeTheLargestFrameAndTheSmallest() throws Exception {
    FrameHeader.checkLength((1 << 20) - 4, 1 << 20);
    FrameHeader.checkLength(24, 1 << 20);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void shouldRefuseAJsonLengthThatIsNotInTheFrame(int jsonLength) {
    ByteBuffer frame = ByteBuffer.allocate(28);
    new FrameHeader(24, MessageTypes.number(Request.Ping.class), 7, 0, jsonLength).write(frame);

    assertThatThrownBy(() -> codec.decode(frame.flip(), 1 << 20))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessageContaining("JSON length");
  }

  @Test
  void shouldRefuseAFrameThatEndsEarly() {
    byte[] frame = GoldenFile.frame(new Request.Attach("web"));
    for (int length = 0; length < frame.length; length++) {
      ByteBuffer part = ByteBuffer.wrap(frame, 0, length);
      assertThatThrownBy(() -> codec.decode(part, 1 << 20))
          .isInstanceOf(MalformedFrameException.class);
    }
  }

  @Test
  void shouldLeaveTheNextFrameAlone() throws Exception {
    byte[] ping = GoldenFile.frame(new Request.Ping());
    ByteBuffer two = ByteBuffer.allocate(2 * ping.length).put(ping).put(ping).flip();

    assertThat(codec.decode(two, 1 << 20).payload().remaining()).isZero();
    assertThat(codec.decode(two, 1 << 20).message()).isEqualTo(new Request.Ping());
    assertThat(two.remaining()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "null",
        "1",
        "{",
        "{}{}",
        "{} x",
        "{\"name\":\"web\"",
        "{\"name\":web}",
        "{name:\"web\"}",
        "{\"name\":'web'}",
        "{\"name\":\"web\",}",
        "{\"name\":\"\\x\"}",
        "{\"name\":\"a\nb\"}",
        "{\"name\":\"web\"}\u0000",
        "/* */{\"name\":\"web\"}",
        "\ufeff{\"name\":\"web\"}",
        "{\"new\":NaN}",
        "{\"new\":01}",
        " "
      })
  void shouldRefuseWhatIsNoJsonObject(String json) {
    assertThatThrownBy(() -> read(Request.Attach.class, json))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessageContaining("Attach");
  }

  @Test
  void shouldRefuseWhatIsNotUtf8() {
    for (String hex :
        new String[] {"ff", "c328", "c0af", "e28228", "f8888080", "80", "e2", "eda080"}) {
      byte[] bytes = HexFormat.of().parseHex(hex);
      byte[] json = (("{\"name\":\"") + "\u0001".repeat(bytes.length) + "\"}").getBytes(UTF_8);
      System.arraycopy(bytes, 0, json, 9, bytes.length);
      assertThatThrownBy(() -> read(Request.Attach.class, json))
          .as(hex)
          .isInstanceOf(MalformedFrameException.class)
          .hasMessageContaining("not UTF-8");
    }
    assertThatThrownBy(() -> read(Request.Attach.class, "{\"name\":\"web\"}".getBytes(UTF_16BE)))
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void shouldRefuseNestingThatIsTooDeepAlsoWhereItIsNotLookedAt() throws Exception {
    String fits = "{\"name\":\"web\",\"new\":" + "[".repeat(15) + "]".repeat(15) + "}";
    assertThat(read(Request.Attach.class, fits)).isEqualTo(new Request.Attach("web"));

    for (int depth : new int[] {16, 400_000}) {
      String deep = "{\"new\":" + "[".repeat(depth) + "]".repeat(depth) + ",\"name\":\"web\"}";
      assertThatThrownBy(() -> read(Request.Attach.class, deep))
          .isInstanceOf(MalformedFrameException.class);
      assertThatThrownBy(() -> read(Request.SetOption.class, deep.replace("new", "value")))
          .isInstanceOf(MalformedFrameException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2147483648", "-2147483649", "9223372036854775808", "1.0", "1e3", "\"1\"", "[1]"})
  void shouldRefuseABacklogThatIsNoNumberOf32Bits(String number) {
    assertThatThrownBy(() -> read(Request.Listen.class, "{\"backlog\":" + number + "}"))
        .isInstanceOf(InvalidMessageException.class)
        .hasMessageStartingWith("the field 'backlog' must be");
  }

  /** The kernel's counters are unsigned. */
  @ParameterizedTest
  @ValueSource(strings = {"9223372036854775808", "18446744073709551615"})
  void shouldKeepAnUnsignedNumberOf64BitsInAValue(String number) throws Exception {
    Reply.Option option = new Reply.Option(Map.of("counter", new BigInteger(number)));

    String json = "{\"value\":{\"counter\":" + number + "}}";
    assertThat(read(Reply.Option.class, json)).isEqualTo(option);
    ByteBuffer frame = codec.encode(7, option, 0);
    assertThat(UTF_8.decode(frame).toString()).endsWith(json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"18446744073709551616", "-9223372036854775809", "1.5", "null"})
  void shouldRefuseAValueThatIsNoNumberOf64Bits(String number) {
    assertThatThrownBy(() -> read(Request.SetOption.class, "{\"value\":[" + number + "]}"))
        .isInstanceOf(InvalidMessageException.class)
        .hasMessageStartingWith("the field 'value' must be");
  }

  @Test
  void shouldRefuseANumberOfManyDigits() {
    for (String field : new String[] {"request", "new"}) {
      String json = "{\"" + field + "\":" + "9".repeat(500_000) + "}";
      assertThatThrownBy(() -> read(Request.Cancel.class, json))
          .isInstanceOf(MalformedFrameException.class);
    }
  }

  @Test
  void shouldRefuseAFieldThatStandsTwice() {
    assertThatThrownBy(() -> read(Request.Attach.class, "{\"name\":\"web\",\"name\":\"web\"}"))
        .isInstanceOf(InvalidMessageException.class)
        .hasMessage("the field 'name' is given twice");
    assertThatThrownBy(
            () -> read(Request.SetOption.class, "{\"value\":{\"on\":true,\"on\":false}}"))
        .isInstanceOf(InvalidMessageException.class)
        .hasMessage("the field 'on' is given twice");
  }

  @Test
  void shouldPassOverFieldsItDoesNotKnow() throws Exception {
    String json = "{\"new\":{\"name\":[1.5,null,{\"a\":\"b\"}]},\"name\":\"web\",\"new\":1e99}";
    assertThat(read(Request.Attach.class, json)).isEqualTo(new Request.Attach("web"));
  }

  @Test
  void shouldReadNullAsLeftOut() throws Exception {
    assertThat(read(Request.Listen.class, "{\"backlog\":null}"))
        .isEqualTo(new Request.Listen(42, 0));
    assertThatThrownBy(() -> read(Request.Attach.class, "{\"name\":null}"))
        .isInstanceOf(InvalidMessageException.class)
        .hasMessage("Attach: the field 'name' is missing");
  }

  @Test
  void shouldRefuseHalfACharacterThatCouldNotBeWrittenAgain() {
    for (String half : new String[] {"\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud83d\\ud83d"}) {
      assertThatThrownBy(() -> read(Request.Attach.class, "{\"name\":\"a" + half + "\"}"))
          .isInstanceOf(InvalidMessageException.class)
          .hasMessageContaining("unpaired surrogate");
      assertThatThrownBy(() -> read(Request.SetOption.class, "{\"value\":{\"a" + half + "\":1}}"))
          .isInstanceOfAny(InvalidMessageException.class, MalformedFrameException.class);
    }
  }

  @Test
  void shouldAnswerATypeItDoesNotKnowAndPassItOver() throws Exception {
    ByteBuffer frame = ByteBuffer.allocate(64);
    new FrameHeader(34, 0x3fff, 7, 0, 10).write(frame);
    frame.position(38).put(GoldenFile.frame(new Request.Ping()), 0, 26);
    frame.flip();

    assertThatThrownBy(() -> codec.decode(frame, 1 << 20))
        .isInstanceOfSatisfying(
            InvalidMessageException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSYS))
        .hasMessageContaining("0x3fff");
    assertThat(frame.position()).isEqualTo(38);
  }

  @Test
  void shouldAnswerAConstantItDoesNotKnowInAFewPlainWords() {
    String json = "{\"events\":[\"READ\",\"\\u001b[2J" + LONG + "\"]}";

    InvalidMessageException refused =
        catchThrowableOfType(
            InvalidMessageException.class, () -> read(Request.AsyncSelect.class, json));

    assertThat(refused.getMessage())
        .startsWith("the field 'events' must be one of [CONNECT, ACCEPT, READ, OOB, WRITE, CLOSE]")
        .endsWith("not ?[2J" + "x".repeat(36) + "...");
  }

  @Test
  void shouldBoundWhatOthersWillSeeOfAClientsWords() {
    for (String client : new String[] {"x".repeat(256), "a\\u0000b", "\\u001b[2J", "a\\nb"}) {
      String json = "{\"versions\":[1],\"client\":\"" + client + "\"}";
      assertThatThrownBy(() -> read(Request.Hello.class, json))
          .isInstanceOf(InvalidMessageException.class)
          .hasMessageContaining("'client' is longer than 255 characters or not printable");
    }
    assertThat(new Reply.Error("EINVAL", 22, LONG, false).message()).hasSize(1000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"host\":\"::1\"}",
        "{\"host\":\"::1\",\"port\":65536}",
        "{\"host\":\"::1\",\"port\":-1}",
        "{\"host\":\"::1\",\"port\":1,\"path\":\"/x\"}",
        "{\"path\":\"/x\",\"port\":1}",
        "{\"port\":1}",
        "[]",
        "\"::1\""
      })
  void shouldRefuseWhatIsNoAddress(String address) {
    assertThatThrownBy(() -> read(Request.Bind.class, "{\"address\":" + address + "}"))
        .isInstanceOf(InvalidMessageException.class);
  }

  @Test
  void shouldRefuseToWriteWhatItCouldNotRead() {
    for (Object value : new Object[] {1.5, new byte[1], Set.of(1.5)}) {
      assertThatThrownBy(() -> codec.encode(7, Request.SetOption.named(1, "X", value), 0))
          .isInstanceOf(InvalidMessageException.class);
    }
  }

  private Message read(Class<? extends Message> type, String json) throws Exception {
    return read(type, json.getBytes(UTF_8));
  }

  private Message read(Class<? extends Message> type, byte[] json) throws Exception {
    int length = FrameHeader.LENGTH_MIN + json.length;
    FrameHeader header = new FrameHeader(length, MessageTypes.number(type), 7, 42, json.length);
    header.check(FrameHeader.FRAME_BYTES_MAX);
    return codec.decode(header, ByteBuffer.wrap(json));
  }

  @Test
  void shouldReadNoMoreNamesOfARequestThanTheLimit() throws Exception {
    assertThat(decode(ping(RecordJson.REQUEST_TOKENS_MAX / 2 - 1))).isEqualTo(new Request.Ping());

    assertThatThrownBy(() -> decode(ping(RecordJson.REQUEST_TOKENS_MAX / 2)))
        .isInstanceOf(MalformedFrameException.class);
  }

  /** Unknown fields with different names. */
  private static String ping(int fields) {
    return IntStream.range(0, fields)
        .mapToObj(i -> "\"f" + i + "\":0")
        .collect(Collectors.joining(",", "{", "}"));
  }

  private Message decode(String json) throws Exception {
    byte[] bytes = json.getBytes(UTF_8);
    return codec.decode(MessageTypes.number(Request.Ping.class), 0, bytes, bytes.length);
  }
}
