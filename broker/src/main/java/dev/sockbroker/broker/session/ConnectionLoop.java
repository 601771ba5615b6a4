package dev.sockbroker.broker.session;

import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import dev.sockbroker.broker.kernel.Ledger;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all connections of a loop share.
 *
 * @param loop runs tasks on the loop's thread
 * @param ledger gets what has changed before clients are told of it
 * @param arrival is filled by each receive, and nobody needs what is in it
 */
public record ConnectionLoop(
    ScheduledExecutorService loop,
    ByteBufAllocator buffers,
    ReadShares reads,
    Ledger ledger,
    Arrival arrival) {
  public ConnectionLoop(
      ScheduledExecutorService loop, ByteBufAllocator buffers, ReadShares reads, Ledger ledger) {
    this(loop, buffers, reads, ledger, new Arrival());
  }
}
