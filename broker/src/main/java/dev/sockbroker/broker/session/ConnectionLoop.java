package dev.sockbroker.broker.session;

import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all connections of a loop share.
 *
 * @param loop runs tasks on the loop's thread
 * @param arrival is filled by each receive, and nobody needs what is in it
 */
public record ConnectionLoop(
    ScheduledExecutorService loop, ByteBufAllocator buffers, ReadShares reads, Arrival arrival) {
  public ConnectionLoop(ScheduledExecutorService loop, ByteBufAllocator buffers, ReadShares reads) {
    this(loop, buffers, reads, new Arrival());
  }
}
