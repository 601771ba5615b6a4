package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.kernel.Ledger.Ids;
import dev.sockbroker.broker.kernel.Ledger.Kind;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedToken;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is read from the memory of a broker that could be killed at any moment. */
class KeptStateTest {
  private static final Ids IDS = new Ids(1, 2, 3, 4, 5, 6);

  /** Where the memory says whose it is. */
  private static final long OWNER_AT = 24;

  private static final int MANY_BYTES = 4 << 20;

  private final SystemCalls calls = new SystemCalls();
  private Kept kept;
  private Holder holder;
  private HeldFiles files;

  @BeforeEach
  void begin() throws IOException {
    kept = Kept.create();
    holder = Holder.start(Duration.ofMinutes(10));
    files = HeldFiles.of(holder.pid(), holder.startTicks());
  }

  @AfterEach
  void end() {
    files.close();
    holder.end();
    kept.memory().close();
  }

  private KeptState read() throws Exception {
    return KeptState.read(kept.memory(), files, UnpooledByteBufAllocator.DEFAULT);
  }

  private static SavedToken token(String text) {
    return new SavedToken(7, text, 1, 2, Set.of(), new SavedToken.OfUser(0), null, false, false);
  }

  private String readToken() throws Exception {
    SavedToken token = read().all(Kind.TOKEN, SavedToken.class).get(7L);
    return token == null ? null : token.text();
  }

  @Test
  void shouldReadOnlyWhatWasCommitted() throws Exception {
    kept.put(Kind.TOKEN, 7, token("first"));
    assertThat(readToken()).isNull();
    kept.commit(IDS);
    assertThat(readToken()).isEqualTo("first");
    assertThat(read().ids()).isEqualTo(IDS);
    kept.put(Kind.TOKEN, 7, token("second"));
    assertThat(readToken()).isEqualTo("first");
    kept.put(Kind.TOKEN, 7, token("third"));
    kept.commit(IDS);
    assertThat(readToken()).isEqualTo("third");
    kept.remove(Kind.TOKEN, 7);
    assertThat(readToken()).isEqualTo("third");
    kept.commit(IDS);
    assertThat(readToken()).isNull();
  }

  @Test
  void shouldReadBytesThatWereReleasedAfterTheCommit() throws Exception {
    ByteBuf input = bytes("input");
    kept.put(Kind.CONNECTION, 1, connection(input));
    kept.commit(IDS);
    input.release();
    ByteBuf next = bytes("other");
    SavedConnection read = read().all(Kind.CONNECTION, SavedConnection.class).get(1L);
    assertThat(read.input().toString(StandardCharsets.UTF_8)).isEqualTo("input");
    next.release();
  }

  private ByteBuf bytes(String text) {
    return kept.buffers().directBuffer(64).writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static SavedConnection connection(ByteBuf input) {
    return new SavedConnection(
        null, 1, 0, null, 1, input, null, Unpooled.EMPTY_BUFFER, List.of(), null, null, false, 0);
  }

  @Test
  void shouldReadTheCallsSinceTheCommit() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      calls.socketpair(Linux.AF_UNIX, Linux.SOCK_STREAM | Linux.SOCK_NONBLOCK, 0, pair.address());
      int one = pair.getAtIndex(JAVA_INT, 0);
      int two = pair.getAtIndex(JAVA_INT, 1);
      try {
        MessageSender sender = new MessageSender(calls, kept.calls());
        ByteBuf many = numbered();
        kept.onBehalfOf(3, 4);
        assertThat(send(sender, one, many, 5)).isEqualTo(5);
        kept.answering(77);
        int taken = send(sender, one, many, MANY_BYTES);
        assertThat(taken).isBetween(1, MANY_BYTES - 1);

        KeptState.Call send = read().calls().get(0);
        assertThat(send.kind()).isEqualTo(CallLog.Kind.SEND);
        assertThat(send.length()).isEqualTo(5);
        assertThat(send.session()).isEqualTo(3);
        assertThat(send.request()).isEqualTo(4);
        KeptState.Call answer = read().calls().get(1);
        assertThat(answer.kind()).isEqualTo(CallLog.Kind.ANSWER);
        assertThat(answer.session()).as("handled").isEqualTo(77);
        assertThat(answer.bytes())
            .as("what was not sent")
            .isEqualTo(many.slice(taken, MANY_BYTES - taken));

        kept.commit(IDS);
        assertThat(read().calls()).isEmpty();
        many.release();
      } finally {
        calls.close(one);
        calls.close(two);
      }
    }
  }

  private ByteBuf numbered() {
    ByteBuf many = kept.buffers().directBuffer(MANY_BYTES);
    for (int i = 0; i < MANY_BYTES / Long.BYTES; i++) {
      many.writeLong(i);
    }
    return many;
  }

  private static int send(MessageSender sender, int fd, ByteBuf from, int length) {
    return sender.send(fd, from.memoryAddress(), length, 0, 0, 0);
  }

  /** Otherwise the next broker would take memory that another one writes. */
  @Test
  void shouldHaveOneOwner() throws Exception {
    kept.memory().own();
    assertThat(kept.memory().ownIfOrphaned()).isFalse();
    Process dead = new ProcessBuilder("true").start();
    long pid = dead.pid();
    kept.memory().memory().set(JAVA_LONG, OWNER_AT, pid << Integer.SIZE);
    dead.waitFor();
    assertThat(kept.memory().ownIfOrphaned()).isTrue();
    assertThat(kept.memory().ownIfOrphaned()).isFalse();
  }
}
