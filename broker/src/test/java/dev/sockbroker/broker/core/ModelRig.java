package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.KernelSocket;
import io.netty.buffer.ByteBuf;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/** The kernel under the tested core: a simulated one or the real one. */
interface ModelRig {
  Conductor conductor();

  Kernel kernel();

  /** An empty buffer of the type that the kernel needs. */
  ByteBuf buffer(int capacity);

  /**
   * Another core takes over.
   *
   * @param proxies the proxy of a session by its id
   * @return the restored sessions
   */
  Restoring handOver(LongFunction<SessionProxy> proxies);

  /** Runs a step on the thread of the core. */
  void run(Runnable step);

  /** Runs everything that can happen immediately. */
  void settle();

  /** Delivers everything that was sent through that socket or is already in transit. */
  void arrive(KernelSocket from);

  /** Waits for an expected condition, but not forever, because the expectation may be wrong. */
  void await(BooleanSupplier expected);

  /** Advances the time and runs everything that is due. */
  void pass(long millis);

  /** Whether time can be advanced, and the length of every queue is known. */
  boolean isSimulated();

  /** Closes a peer so that the other side sees a reset. */
  void reset(KernelSocket peer);

  /** Ends what the rig has started. */
  void end();

  /** Describes what remains after all sessions have ended; empty if nothing remains. */
  String leftovers();
}
