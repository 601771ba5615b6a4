package dev.sockbroker.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.wire.MessageTypes;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients in other languages are written from README.md, so it must be complete. */
class ReadmeTest {
  private static final Path README = Path.of("README.md");

  static List<Class<?>> messages() {
    return Arrays.stream(Message.class.getPermittedSubclasses())
        .flatMap(group -> Arrays.stream(group.getPermittedSubclasses()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldHaveARowWithNumberNameAndFieldsOfEachMessage(Class<? extends Message> message)
      throws IOException {
    boolean inHeader = components(message).anyMatch(it -> it.getName().equals("descriptor"));
    String begin =
        "| 0x%04x%s | `%s` |"
            .formatted(MessageTypes.number(message), inHeader ? " d" : "", message.getSimpleName());

    List<String> rows = Files.readAllLines(README);

    assertThat(rows).filteredOn(row -> row.startsWith(begin)).as(begin).hasSize(1);
    String row = rows.stream().filter(it -> it.startsWith(begin)).findFirst().orElseThrow();
    components(message)
        .map(RecordComponent::getName)
        .filter(name -> !name.equals("descriptor"))
        .forEach(name -> assertThat(row).contains("`" + name + "`"));
  }

  @Test
  void shouldSayWhatAFrameKeepsFreeForHeaderAndJson() throws IOException {
    assertThat(Files.readString(README))
        .contains(Message.FRAME_OVERHEAD + " bytes of a frame")
        .contains("`frameBytes` - " + Message.FRAME_OVERHEAD);
  }

  @Test
  void shouldNameTheFieldsOfWhatMessagesContain() throws IOException {
    Set<String> fields = new TreeSet<>();
    messages().forEach(message -> addInner(message, fields));

    assertThat(fields).contains("frameBytes", "queuedIn", "segmentSize", "targetSession", "host");
    assertThat(Files.readString(README)).contains(quoted(fields));
  }

  @Test
  void shouldNameEveryConstant() throws IOException {
    for (Class<? extends Enum<?>> type :
        List.<Class<? extends Enum<?>>>of(
            Family.class,
            SocketType.class,
            SocketState.class,
            Direction.class,
            Lifetime.class,
            NetworkEvent.class,
            Right.class,
            Event.What.class)) {
      List<String> names = Arrays.stream(type.getEnumConstants()).map(Enum::name).toList();
      assertThat(Files.readString(README)).contains(quoted(names));
    }
  }

  private static List<String> quoted(Collection<String> names) {
    return names.stream().map(name -> "`" + name + "`").toList();
  }

  private static Stream<RecordComponent> components(Class<?> type) {
    return Arrays.stream(type.getRecordComponents());
  }

  private static void addInner(Class<?> type, Set<String> fields) {
    components(type).map(RecordComponent::getGenericType).forEach(it -> addFields(it, fields));
  }

  private static void addFields(Type type, Set<String> fields) {
    if (type instanceof ParameterizedType generic) {
      addFields(generic.getActualTypeArguments()[0], fields);
    } else if (type instanceof Class<?> inner && inner.isRecord()) {
      components(inner).map(RecordComponent::getName).forEach(fields::add);
      addInner(inner, fields);
    }
  }
}
