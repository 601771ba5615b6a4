package dev.sockbroker.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks every block of README.md against the codec. Two blocks show a frame, all others are
 * dialogs.
 */
class ReadmeBlocksTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\w*\n(.*?)^```$");

  /** The writer, request id, descriptor and name: {@code > #3 d42 Accept}. */
  private static final Pattern MESSAGE =
      Pattern.compile("([<>]) +(?:#(\\d+) *)?(?:d(\\d+) *)?([A-Z]\\w+)");

  /** A remark between messages is indented further than any message. */
  private static final Pattern REMARK = Pattern.compile(" {12,}\\S.*");

  private static final Map<String, Class<? extends Message>> BY_NAME =
      Stream.of(Request.class, Reply.class, Event.class)
          .flatMap(group -> Arrays.stream(group.getPermittedSubclasses()))
          .map(type -> type.asSubclass(Message.class))
          .collect(Collectors.toMap(Class::getSimpleName, Function.identity()));

  private static List<String> blocks() throws IOException {
    String page = Files.readString(Path.of("README.md"));
    return BLOCK.matcher(page).results().map(block -> block.group(1)).toList();
  }

  static List<String> dialogs() throws IOException {
    return blocks().subList(2, blocks().size());
  }

  @Test
  void shouldShowTheFieldsOfTheHeader() throws IOException {
    String[] lines = blocks().get(0).split("\n");
    List<Integer> offsets = numbers("(?<= )(\\d+)", lines[0]);
    List<Integer> bits = numbers("u(\\d+)", lines[3]);

    int end = 0;
    for (int i = 0; i < bits.size(); i++) {
      assertThat(offsets.get(i)).isEqualTo(end);
      end += bits.get(i) / Byte.SIZE;
    }
    assertThat(offsets).hasSize(bits.size() + 1).last().isEqualTo(FrameHeader.BYTES);
    assertThat(end).isEqualTo(FrameHeader.BYTES);
    assertThat(lines[5]).contains(": " + FrameHeader.LENGTH_MIN + " + JSON length");
  }

  private static List<Integer> numbers(String pattern, String line) {
    Stream<MatchResult> found = Pattern.compile(pattern).matcher(line).results();
    return found.map(number -> Integer.valueOf(number.group(1))).toList();
  }

  @Test
  void shouldShowAFrameAsTheCodecWritesIt() throws IOException {
    String hex = blocks().get(1).split("\n")[0];
    ByteBuffer frame = new FrameCodec().encode(7, new Request.Attach("web"), 0);
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);

    assertThat(hex.replace(" ", "")).isEqualTo(HexFormat.of().formatHex(bytes));
    // in groups for the fields of the previous block
    assertThat(Stream.of(hex.split(" +")).limit(6).map(String::length))
        .containsExactly(8, 4, 4, 16, 16, 8);
    assertThat(blocks().get(1)).endsWith(" {\"name\":\"web\"}\n");
  }

  @ParameterizedTest
  @MethodSource("dialogs")
  void shouldShowMessagesThatTheCodecReadsAndWrites(String dialog) throws Exception {
    Matcher message = MESSAGE.matcher(dialog);
    int last = 0;
    while (message.find(last)) {
      assertRemarks(dialog.substring(last, message.start()));
      int end = endOfJson(dialog, message.end());
      assertRoundTrip(message, dialog.substring(message.end(), end).strip());
      last = end;
    }
    assertThat(last).as("where the last message ends").isPositive();
    assertRemarks(dialog.substring(last));
  }

  /** Any text may follow a message on its line. A line without a message is a remark. */
  private static void assertRemarks(String text) {
    List<String> lines = text.lines().toList();
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      assertThat(line).matches(line.isBlank() || line.matches("[AB] ") ? ".*" : REMARK.pattern());
    }
  }

  private static int endOfJson(String text, int from) {
    if (!text.startsWith(" {", from)) {
      return from;
    }
    int depth = 0;
    for (int at = from + 1; at < text.length(); at++) {
      depth += text.charAt(at) == '{' ? 1 : text.charAt(at) == '}' ? -1 : 0;
      if (depth == 0) {
        return at + 1;
      }
    }
    throw new AssertionError("no end of the JSON: " + text.substring(from));
  }

  /** The same JSON must come back. Fields with other names, types or order would fail. */
  private static void assertRoundTrip(Matcher shown, String printed) throws Exception {
    Class<? extends Message> type = BY_NAME.get(shown.group(4));
    assertThat(type).as(shown.group()).isNotNull();
    assertThat(Request.class.isAssignableFrom(type)).as(shown.group()).isEqualTo(isRequest(shown));
    String json = withoutEllipsis(printed.isEmpty() ? "{}" : printed);
    byte[] bytes = json.getBytes(UTF_8);
    FrameCodec codec = new FrameCodec();
    Message read =
        codec.decode(MessageTypes.number(type), number(shown.group(3)), bytes, bytes.length);
    ByteBuffer frame = codec.encode(number(shown.group(2)), read, 0);
    FrameHeader header = FrameHeader.read(frame);
    // an empty object is written as no JSON at all
    String written = header.jsonLength() == 0 ? "{}" : UTF_8.decode(frame).toString();
    assertThat(written).as(shown.group()).isEqualTo(json);
    assertThat(header.descriptor()).as(shown.group()).isEqualTo(number(shown.group(3)));
    boolean answers = !(read instanceof Event) || read instanceof Event.SendReady;
    assertThat(header.requestId() > 0).as(shown.group()).isEqualTo(answers);
  }

  private static boolean isRequest(Matcher shown) {
    return shown.group(1).equals(">");
  }

  /** Three dots between commas stand for fields that the page leaves out. */
  private static String withoutEllipsis(String json) {
    return json.replaceAll("\n *", "")
        .replaceAll(",[.]{3}(?=[,}])", "")
        .replaceAll("(?<=[{])[.]{3},", "");
  }

  private static long number(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
