package dev.sockbroker.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks that the bytes of every message stay the same for existing clients. */
class GoldenFileTest {
  private static final Path GOLDEN = Path.of("src", "test", "resources", "golden");

  private static final String WHAT_TO_DO =
      """
      The bytes of %1$s on the wire are not those of src/test/resources/golden/%1$s.txt.
      Clients in other languages read and write those bytes, so:
        - Not meant: undo the change.
        - A new field that may be left out is compatible, since unknown fields are passed over and
          missing ones read as null, zero or false. Rename the old file to %1$s-1.txt (next time
          -2): it is decoded by this test for ever. Then run the test once with -Dgolden.write,
          which writes missing files only, and say it in README.md.
        - Incompatible are: another name, kind, unit or meaning of a field, a field taken away, a
          new field that must be there or that changes what a request without it does, another
          number, a constant renamed or taken away, a new constant in a reply or an event. Then
          leave this message as it is and add a new one at the end of its group in MessageTypes, or
          raise Message.VERSION and keep speaking the old version to clients that ask for it in hello.
        - A message that no release contained yet: delete the file and run with -Dgolden.write.
      """;

  @BeforeAll
  static void writeWhatIsMissingIfAsked() throws IOException {
    for (Message message : Samples.all()) {
      Path file = GOLDEN.resolve(message.getClass().getSimpleName() + ".txt");
      if (System.getProperty("golden.write") != null && Files.notExists(file)) {
        Files.writeString(file, GoldenFile.text(message));
      }
    }
  }

  static List<Message> samples() {
    return Samples.all();
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void shouldWriteTheBytesOfTheGoldenFile(Message message) throws IOException {
    String name = message.getClass().getSimpleName();
    Path file = GOLDEN.resolve(name + ".txt");
    assertThat(file)
        .as("each message has a golden file; run once with -Dgolden.write to write what is missing")
        .exists();
    assertThat(GoldenFile.text(message))
        .as(WHAT_TO_DO.formatted(name))
        .isEqualTo(Files.readString(file, UTF_8));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void shouldReadTheMessageOfTheGoldenFile(Message message) throws IOException {
    String name = message.getClass().getSimpleName();
    byte[] frame = GoldenFile.frame(Files.readString(GOLDEN.resolve(name + ".txt"), UTF_8));

    Frame read = new FrameCodec().decode(ByteBuffer.wrap(frame), FrameHeader.FRAME_BYTES_MAX);

    assertThat(read.message()).as(WHAT_TO_DO.formatted(name)).isEqualTo(message);
    assertThat(read.requestId()).isEqualTo(GoldenFile.requestId(message));
    assertThat(read.payload()).isEqualTo(ByteBuffer.wrap(Samples.payload(message)));
  }

  @ParameterizedTest
  @MethodSource("files")
  void shouldReadWhatWasEverReleased(Path file) throws IOException {
    byte[] frame = GoldenFile.frame(Files.readString(file, UTF_8));

    Frame read = new FrameCodec().decode(ByteBuffer.wrap(frame), FrameHeader.FRAME_BYTES_MAX);

    assertThat(file.getFileName().toString())
        .as("the name of the message, and a number if it is the file of an older release")
        .matches(read.message().getClass().getSimpleName() + "(-[0-9]+)?\\.txt");
  }

  @Test
  void shouldHaveASampleOfEachMessage() {
    assertThat(Samples.all().stream().<Object>map(Message::getClass).toList())
        .as("Samples holds one message of each type")
        .containsExactlyInAnyOrderElementsOf(Samples.types());
  }
}
