package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import io.netty.buffer.ByteBuf;
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
 * @param scratch memory for the bytes of one receive, which all streams share
 * @param clock the clock for times that people see
 * @param audit takes the entries of the audit and never waits
 * @param busyNanos how long the loop has worked, for people
 * @param ownUid the uid of the broker, whose sessions may be administrators
 * @param version the broker's version, for people
 */
public record Environment(
    Kernel kernel,
    Timers timers,
    Executor loop,
    BooleanSupplier onLoop,
    ByteBufAllocator buffers,
    ByteBuf scratch,
    InstantSource clock,
    InForce inForce,
    Consumer<AuditEntry> audit,
    LongSupplier busyNanos,
    long ownUid,
    String version) {
  /** The size of {@code scratch} in bytes. */
  public static final int SCRATCH_BYTES = StreamLane.CHUNK_BYTES;

  /** The terms that apply now. */
  public Terms terms() {
    return inForce.terms();
  }

  /** The limits that apply now. */
  public Limits limits() {
    return terms().limits();
  }
}
