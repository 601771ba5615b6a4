package dev.sockbroker.protocol.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A remembered message is the correct one, and is remembered only if it is immutable. */
final class RecentMessagesTest {
  private final RecentMessages recent = new RecentMessages();

  private Message read(Class<?> type, String json, long descriptor) throws Exception {
    byte[] bytes = json.getBytes(UTF_8);
    return recent.read(RecordJson.of(type), bytes, bytes.length, descriptor);
  }

  /** Reads it twice, because it is remembered after the second time. */
  private Message readTwice(Class<?> type, String json, long descriptor) throws Exception {
    read(type, json, descriptor);
    return read(type, json, descriptor);
  }

  @Test
  void shouldKnowTheSameWords() throws Exception {
    Message known = readTwice(Request.Receive.class, "{\"length\":64}", 3);

    assertThat(read(Request.Receive.class, "{\"length\":64}", 3)).isSameAs(known);
    assertThat(known).isEqualTo(Request.Receive.of(3, 64));
    Message other = readTwice(Request.Send.class, "", 3);
    assertThat(read(Request.Send.class, "", 3)).isSameAs(other);
  }

  @Test
  void shouldNotKeepWhatCameOnce() throws Exception {
    Message once = read(Request.Receive.class, "{\"length\":64}", 3);

    assertThat(read(Request.Receive.class, "{\"length\":64}", 3)).isNotSameAs(once);
  }

  @Test
  void shouldKnowThoseOfManyDescriptors() throws Exception {
    List<Message> known = new ArrayList<>();
    for (int descriptor = 1; descriptor <= 100; descriptor++) {
      known.add(readTwice(Request.Receive.class, "{\"length\":64}", descriptor));
    }
    for (int descriptor = 1; descriptor <= 100; descriptor++) {
      assertThat(read(Request.Receive.class, "{\"length\":64}", descriptor))
          .isSameAs(known.get(descriptor - 1));
    }
  }

  @Test
  void shouldForgetTheOldest() throws Exception {
    Message known = readTwice(Request.Receive.class, "{\"length\":64}", 1);
    for (int descriptor = 2; descriptor <= 100_000; descriptor++) {
      readTwice(Request.Receive.class, "{\"length\":64}", descriptor);
    }
    assertThat(read(Request.Receive.class, "{\"length\":64}", 1)).isNotSameAs(known);
  }

  @Test
  void shouldTellApartWhatDiffersInAnything() throws Exception {
    readTwice(Request.Receive.class, "{\"length\":64}", 3);

    assertThat(read(Request.Receive.class, "{\"length\":64}", 4))
        .isEqualTo(Request.Receive.of(4, 64));
    assertThat(read(Request.Receive.class, "{\"length\":65}", 4))
        .isEqualTo(Request.Receive.of(4, 65));
    assertThat(read(Request.Receive.class, "", 4)).isEqualTo(Request.Receive.of(4));
    assertThat(read(Request.Close.class, "", 4)).isEqualTo(new Request.Close(4));
  }

  @Test
  void shouldMakeAnewWhatSomebodyMightChange() throws Exception {
    String json = "{\"events\":[\"READ\"]}";

    assertThat(readTwice(Request.AsyncSelect.class, json, 3))
        .isNotSameAs(read(Request.AsyncSelect.class, json, 3));
  }

  @Test
  void shouldRefuseNonsenseEachTime() throws Exception {
    readTwice(Request.Receive.class, "{\"length\":64}", 3);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> read(Request.Receive.class, "{\"length\":\"x\"}", 3))
          .isInstanceOf(InvalidMessageException.class);
    }
    assertThat(read(Request.Receive.class, "{\"length\":64}", 3))
        .isEqualTo(Request.Receive.of(3, 64));
  }
}
