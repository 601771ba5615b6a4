package dev.sockbroker.broker.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The format of the saved state. A changed golden file means that brokers of this version cannot
 * read each other's state: mark new components with {@link Since} and raise the version instead.
 */
class StateFormatTest {
  private static final int HEADER_BYTES = 24;

  /** Nobody releases what a test has read. */
  private static final UnpooledByteBufAllocator BUFFERS = new UnpooledByteBufAllocator(false, true);

  private final SavedState sample = (SavedState) Sample.of(SavedState.class);
  private final List<Integer> fds = new ArrayList<>();

  private ByteBuf written() {
    ByteBuf out = Unpooled.buffer();
    StateFormat.write(sample, out, fds);
    return out;
  }

  private SavedState read(ByteBuf in) throws UnreadableStateException {
    return StateFormat.read(in, fds, BUFFERS);
  }

  private static String golden(int version) throws IOException {
    try (InputStream in =
        StateFormatTest.class.getResourceAsStream("version-" + version + ".hex")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
    }
  }

  @Test
  void shouldWriteAsTheGoldenFile() throws IOException {
    assertThat(ByteBufUtil.hexDump(written())).isEqualTo(golden(StateFormat.VERSION));
  }

  @Test
  void shouldReadEveryVersionThatItPromises() throws Exception {
    // every version has the same files
    written();
    for (int version = StateFormat.OLDEST; version <= StateFormat.VERSION; version++) {
      SavedState state = read(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(golden(version))));
      ByteBuf again = Unpooled.buffer();
      StateFormat.write(state, again, new ArrayList<>());
      int added = again.readableBytes() - golden(version).length() / 2;
      assertThat(added).as("version %d", version).isEqualTo(addedSince(version, state));
    }
  }

  /** How many bytes newer versions add to that state. */
  private static int addedSince(int version, SavedState state) {
    int connections = version < 2 ? state.connections().size() : 0;
    int streams = version < 3 ? addedByStreams(state) : 0;
    int accepts = version < 4 ? addedByAcceptsAhead(state) : 0;
    int policy = version < 5 ? addedByPolicy(state) : 0;
    int owed = version < 6 ? addedByCrashes(state) : 0;
    return connections + streams + accepts + policy + owed;
  }

  /**
   * Each direction of a stream and each fd connection has a 0, each connection another one, and
   * each session an empty list.
   */
  private static int addedByCrashes(SavedState state) {
    int streams =
        state.broker().sockets().stream()
            .flatMap(it -> it.streams().stream())
            .mapToInt(it -> (it.receive() == null ? 0 : 1) + (it.send() == null ? 0 : 1))
            .sum();
    int connections =
        state.connections().stream().mapToInt(it -> it.fdConnection() == null ? 1 : 2).sum();
    return streams + connections + 2 * state.broker().sessions().size();
  }

  /**
   * Each session has three empty lists of two bytes and each connect one, each token a flag, each
   * descriptor no origin, and each socket no three addresses.
   */
  private static int addedByPolicy(SavedState state) {
    int transports =
        state.broker().sockets().stream().mapToInt(it -> transports(it.transport())).sum();
    long connects =
        state.broker().sockets().stream()
            .flatMap(it -> Stream.concat(it.receives().stream(), it.sends().stream()))
            .filter(it -> it.progress() instanceof SavedOperation.Connecting)
            .count();
    return 6 * state.broker().sessions().size()
        + 2 * (int) connects
        + state.broker().tokens().size()
        + state.broker().descriptors().size()
        + 3 * transports;
  }

  private static int transports(SavedTransport transport) {
    return 1 + transport.returnedConnections().stream().mapToInt(StateFormatTest::transports).sum();
  }

  /** Each descriptor has two flags, and each accept an empty list, which takes two bytes. */
  private static int addedByAcceptsAhead(SavedState state) {
    int accepts =
        (int)
            state.connections().stream()
                .flatMap(it -> deliveries(it))
                .filter(SavedDelivery.Accepted.class::isInstance)
                .count();
    return 2 * state.broker().descriptors().size() + 2 * accepts;
  }

  private static Stream<SavedDelivery> deliveries(SavedConnection connection) {
    Stream<SavedDelivery> ofFrames =
        connection.deliveries().stream().map(SavedConnection.Delivered::delivery);
    return connection.fdConnection() == null
        ? ofFrames
        : Stream.concat(
            ofFrames,
            connection.fdConnection().waiting().stream().map(SavedConnection.Passing::delivery));
  }

  /** Each socket has an empty list of streams, which takes two bytes, and each chunk a flag. */
  private static int addedByStreams(SavedState state) {
    List<SavedSocket> sockets = state.broker().sockets();
    return 2 * sockets.size() + sockets.stream().mapToInt(it -> chunks(it.transport())).sum();
  }

  private static int chunks(SavedTransport transport) {
    return transport.returned().size()
        + transport.returnedConnections().stream().mapToInt(StateFormatTest::chunks).sum();
  }

  @Test
  void shouldTakeAConnectionOfVersion1ForOneThatIsNotFull() throws Exception {
    written();
    SavedState state = read(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(golden(1))));
    assertThat(state.connections()).isNotEmpty().noneMatch(SavedConnection::full);
  }

  @Test
  void shouldNameTheFilesInTheOrderInWhichTheyTravel() throws Exception {
    ByteBuf state = written();
    assertThat(fds).doesNotHaveDuplicates().hasSizeGreaterThan(10);
    fds.replaceAll(fd -> fd + 1);
    SavedSocket first = read(state).broker().sockets().getFirst();
    assertThat(first.transport().kernel().fd().number())
        .isEqualTo(sample.broker().sockets().getFirst().transport().kernel().fd().number() + 1);
  }

  @Test
  void shouldRefuseAnotherVersion() {
    ByteBuf state = written().setInt(8, StateFormat.VERSION + 1);
    assertThatThrownBy(() -> read(state))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessage("the state has version 7, and this broker reads versions 1 to 6");
  }

  @Test
  void shouldRefuseWhatIsNoState() {
    assertThatThrownBy(() -> read(Unpooled.wrappedBuffer(new byte[100])))
        .isInstanceOf(UnreadableStateException.class)
        .hasMessage("this is not the state of a broker");
  }

  @Test
  void shouldRefuseADamagedState() {
    ByteBuf whole = written();
    for (int length = 0; length < whole.readableBytes(); length += 97) {
      ByteBuf part = whole.slice(0, length);
      assertThatThrownBy(() -> read(part)).isInstanceOf(UnreadableStateException.class);
    }
    whole.setByte(whole.readableBytes() - 5, whole.getByte(whole.readableBytes() - 5) + 1);
    assertThatThrownBy(() -> read(whole)).hasMessageContaining("damaged");
  }

  /** The checksum is right, but the content is not: a defect of the writer must not hang us. */
  @Test
  void shouldRefuseNonsense() {
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      ByteBuf state = written();
      int at = HEADER_BYTES + random.nextInt(state.readableBytes() - HEADER_BYTES);
      state.setByte(at, random.nextInt(256));
      StateFormat.seal(state, 0);
      try {
        read(state);
      } catch (UnreadableStateException e) {
        assertThat(e).hasMessageContaining("the state cannot be read");
      }
    }
  }

  record Former(long first) {}

  record Later(long first, @Since(2) String second, @Since(2) boolean third) {}

  @Test
  void shouldFillInWhatAnOlderVersionDoesNotHave() {
    ByteBuf out = Unpooled.buffer();
    StateWriter writer = StateWriter.travelling(out, fds);
    StateType.of(Former.class).write(new Former(5), writer);
    writer.bytes();
    StateReader reader = new StateReader(out, fds::get, null, UnpooledByteBufAllocator.DEFAULT, 1);
    assertThat(StateType.of(Later.class).read(reader)).isEqualTo(new Later(5, null, false));
    assertThat(out.isReadable()).isFalse();
  }
}
