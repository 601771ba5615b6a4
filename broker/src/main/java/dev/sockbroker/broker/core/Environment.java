package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import io.netty.buffer.ByteBufAllocator;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * What the core needs from outside.
 *
 * @param loop runs a task on the loop thread after what runs now
 * @param onLoop whether the thread that asks is the loop's, which assertions want to know
 * @param clock for the times that people see
 * @param ownUid the broker's own user, whose sessions may be administrators
 * @param version of the broker, for people
 */
public record Environment(
    Kernel kernel,
    Timers timers,
    Executor loop,
    BooleanSupplier onLoop,
    ByteBufAllocator buffers,
    InstantSource clock,
    Limits limits,
    long ownUid,
    String version) {}
