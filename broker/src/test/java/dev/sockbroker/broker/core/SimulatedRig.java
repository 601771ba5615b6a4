package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import io.netty.buffer.ByteBuf;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/** The core on the simulated kernel. */
final class SimulatedRig implements ModelRig {
  private final TestBroker broker = new TestBroker();

  @Override
  public Conductor conductor() {
    return broker.conductor;
  }

  @Override
  public Kernel kernel() {
    return broker.kernel;
  }

  @Override
  public ByteBuf buffer(int capacity) {
    return broker.buffers.heapBuffer(capacity);
  }

  @Override
  public Restoring handOver(LongFunction<SessionProxy> proxies) {
    Restoring restoring = broker.handOver(new Saving(), proxies);
    broker.settle();
    return restoring;
  }

  @Override
  public void run(Runnable step) {
    step.run();
  }

  @Override
  public void settle() {
    broker.settle();
  }

  @Override
  public void arrive(KernelSocket from) {
    broker.settle();
  }

  @Override
  public void await(BooleanSupplier expected) {
    // Everything has already happened.
  }

  @Override
  public void pass(long millis) {
    broker.pass(millis);
  }

  @Override
  public boolean isSimulated() {
    return true;
  }

  @Override
  public void reset(KernelSocket peer) {
    ((SimulatedTcp) peer).reset();
  }

  @Override
  public void end() {
    // It has no thread.
  }

  @Override
  public String leftovers() {
    String sockets =
        broker.kernel.openSockets() == 0 ? "" : broker.kernel.openSockets() + " sockets ";
    return broker.buffers.live() == 0 ? sockets : sockets + broker.buffers.live() + " buffers";
  }
}
