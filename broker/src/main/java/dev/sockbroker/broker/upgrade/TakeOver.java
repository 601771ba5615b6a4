package dev.sockbroker.broker.upgrade;

import dev.sockbroker.broker.os.FdChannel;
import dev.sockbroker.broker.os.OpenFiles;
import dev.sockbroker.broker.os.StateMemory;
import dev.sockbroker.broker.state.SavedState;
import dev.sockbroker.broker.state.UnreadableStateException;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The new side of an upgrade. Nothing that it does has an effect on clients until {@link #commit}
 * has returned true. If it fails before that, the process must end without closing anything itself.
 */
public final class TakeOver {
  private static final String REFUSED = "refused ";

  /** The longest reason, in characters. */
  private static final int REASON_MAX = 1000;

  private static final String OWNED = "owned";

  /** How long the old broker may take to end. */
  private static final long END_SECONDS = 60;

  private static final long SAY_SECONDS = 1;

  private final FdChannel channel;
  private final StateTransfer transfer;

  private TakeOver(FdChannel channel) {
    this.channel = channel;
    transfer = new StateTransfer(channel);
  }

  /**
   * Connects to the broker that has started this process.
   *
   * @param environment of this process
   * @return null if no broker has
   */
  public static TakeOver fromEnvironment(Map<String, String> environment) throws IOException {
    String name = environment.get(Successor.VARIABLE);
    return name == null ? null : new TakeOver(FdChannel.connect(name));
  }

  /** Tells the old broker why this one cannot take over. */
  public void refuse(String why) {
    try {
      String brief = why.substring(0, Math.min(why.length(), REASON_MAX));
      channel.send(REFUSED + brief, List.of(), in(SAY_SECONDS));
    } catch (IOException e) {
      // It has ended or does not listen. The reason is in the log, too.
      return;
    }
  }

  /** Returns the reason if a message is a refusal, else null. */
  static String refusal(String text) {
    return text.startsWith(REFUSED) ? text.substring(REFUSED.length()) : null;
  }

  /**
   * Tells the old broker that this one is ready, and receives the state.
   *
   * @param version of this program
   * @param limits of what clients can create, by name
   * @throws IOException if the old broker has ended, or does not hand over
   */
  public SavedState receive(String version, Map<String, Integer> limits, ByteBufAllocator buffers)
      throws IOException, UnreadableStateException {
    OpenFiles.expect(Offer.parse(transfer.next().text()).openFiles());
    Offer offer = Offer.of(version, OpenFiles.limit(), limits);
    channel.send(offer.text(), List.of(), in(SAY_SECONDS));
    return transfer.receive(buffers);
  }

  /** Becomes the broker. Returns false if this one was too late and the old one continues. */
  public boolean commit() {
    return transfer.own(StateMemory.Owner.NEW);
  }

  /** Tells the old broker that it must end. */
  public void tell() {
    try {
      channel.send(OWNED, List.of(), in(SAY_SECONDS));
    } catch (IOException e) {
      // It has ended already.
      return;
    }
  }

  /** Waits until the old broker has ended, but not forever, because it might hang. */
  public void awaitEnd() {
    try {
      channel.receive(in(END_SECONDS));
    } catch (IOException e) {
      // It hangs, and does nothing any more.
      return;
    } finally {
      channel.close();
      transfer.close();
    }
  }

  private static long in(long seconds) {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }
}
