package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.Ledger;
import io.netty.buffer.ByteBufAllocator;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The dependencies of the core.
 *
 * @param loop runs a task on the loop thread after the current task
 * @param onLoop whether the current thread is the loop's, for assertions
 * @param scratch through which streams pass bytes on
 * @param clock the clock for times that people see
 * @param audit takes the entries of the audit and never waits
 * @param busyNanos how long the loop has worked, for people
 * @param ownUid the uid of the broker, whose sessions may be administrators
 * @param version the broker's version, for people
 * @param ledger where the state outlives the process
 */
public record Environment(
    Kernel kernel,
    Timers timers,
    Executor loop,
    BooleanSupplier onLoop,
    ByteBufAllocator buffers,
    Scratch scratch,
    InstantSource clock,
    InForce inForce,
    Consumer<AuditEntry> audit,
    LongSupplier busyNanos,
    long ownUid,
    String version,
    Ledger ledger) {
  /** The terms that apply now. */
  public Terms terms() {
    return inForce.terms();
  }

  /** The limits that apply now. */
  public Limits limits() {
    return terms().limits();
  }
}
