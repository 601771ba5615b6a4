package dev.sockbroker.broker.upgrade;

import dev.sockbroker.broker.os.FdChannel;
import dev.sockbroker.broker.os.StateMemory;
import dev.sockbroker.broker.os.StateMemory.Owner;
import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.StateFormat;
import dev.sockbroker.broker.state.UnreadableStateException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a state with its open files from one process to another, and decides which of them owns it.
 * For one thread at a time.
 */
public final class StateTransfer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StateTransfer.class);

  /** Begins the first message: the length of the state and the number of files that follow. */
  private static final String STATE = "state ";

  /** The old broker checks the offer at once, and then sends. */
  private static final long STATE_SECONDS = 60;

  private final FdChannel channel;
  private StateMemory memory;

  public StateTransfer(FdChannel channel) {
    this.channel = channel;
  }

  /**
   * Sends a state. The files remain the caller's.
   *
   * @param untilNanos the time limit, on the clock of {@link System#nanoTime}
   */
  public void send(SavedState state, long untilNanos) throws IOException {
    List<Integer> fds = new ArrayList<>();
    ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer();
    try {
      StateFormat.write(state, bytes, fds);
      memory = StateMemory.create(bytes.readableBytes());
      memory.state().put(bytes.nioBuffer());
    } finally {
      bytes.release();
    }
    String sizes = memory.state().capacity() + " " + fds.size();
    channel.send(STATE + sizes, List.of(memory.fd()), untilNanos);
    for (int at = 0; at < fds.size(); at += FdChannel.FDS_MAX) {
      int end = Math.min(fds.size(), at + FdChannel.FDS_MAX);
      channel.send("files", fds.subList(at, end), untilNanos);
    }
  }

  /**
   * Receives a state. Its files belong to the caller.
   *
   * @param buffers for the data in the state
   * @throws IOException if the other side has ended, or sends something else
   */
  public SavedState receive(ByteBufAllocator buffers) throws IOException, UnreadableStateException {
    FdChannel.Message first = next();
    if (!first.text().startsWith(STATE) || first.fds().size() != 1) {
      throw new IOException("the old broker does not hand over: " + first.text());
    }
    String[] sizes = first.text().substring(STATE.length()).split(" ");
    memory = StateMemory.open(first.fds().getFirst(), Long.parseLong(sizes[0]));
    int count = Integer.parseInt(sizes[1]);
    List<Integer> fds = new ArrayList<>(count);
    while (fds.size() < count) {
      fds.addAll(next().fds());
    }
    long received = System.nanoTime();
    SavedState state = StateFormat.read(Unpooled.wrappedBuffer(memory.state()), fds, buffers);
    LOG.debug("read the state in {} ms", (System.nanoTime() - received) / 1_000_000);
    return state;
  }

  /** Receives the next message, which must come. */
  FdChannel.Message next() throws IOException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(STATE_SECONDS);
    FdChannel.Message message = channel.receive(until);
    if (message == null) {
      throw new IOException("the old broker does not hand over");
    }
    return message;
  }

  /**
   * Becomes the owner of the state.
   *
   * @return false if the other side was faster
   */
  public boolean own(Owner owner) {
    return memory == null ? owner == Owner.OLD : memory.own(owner);
  }

  /** Releases the memory. The connection remains the caller's. */
  @Override
  public void close() {
    if (memory != null) {
      memory.close();
    }
  }
}
