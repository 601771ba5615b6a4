package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import io.netty.buffer.ByteBuf;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/** What a core under test stands on: a simulated kernel, or the real one. */
interface ModelRig {
  Conductor conductor();

  Kernel kernel();

  /** An empty buffer of the kind that the kernel takes. */
  ByteBuf buffer(int capacity);

  /**
   * Another core takes over.
   *
   * @param proxies the proxy of a session by its id
   * @return the restored sessions
   */
  Restoring handOver(LongFunction<SessionProxy> proxies);

  /** Runs a step where the core runs. */
  void run(Runnable step);

  /** Lets happen what can happen at once. */
  void settle();

  /** Lets arrive what was sent through that socket, or is on its way for other reasons. */
  void arrive(KernelSocket from);

  /** Waits for what is expected; not for ever, for it may be wrong to expect it. */
  void await(BooleanSupplier expected);

  /** Lets time pass, and what is due happen. */
  void pass(long millis);

  /** Whether time can pass, and every queue's length is known. */
  boolean isSimulated();

  /** Closes a peer so that the other side sees a reset. */
  void reset(KernelSocket peer);

  /** Ends what the rig has started. */
  void end();

  /** What is left over when everybody has gone; empty if nothing. */
  String leftovers();
}
