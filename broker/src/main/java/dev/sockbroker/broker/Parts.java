package dev.sockbroker.broker;

import dev.sockbroker.broker.core.AuditEntry;
import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.core.Environment;
import dev.sockbroker.broker.core.InForce;
import dev.sockbroker.broker.core.Limits;
import dev.sockbroker.broker.core.Scratch;
import dev.sockbroker.broker.core.Terms;
import dev.sockbroker.broker.core.Timers;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.os.Kept;
import dev.sockbroker.protocol.SocketPaths;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.InstantSource;
import java.util.function.Consumer;

/** The parts of a broker that exist before it serves anybody. */
record Parts(BrokerLoop loop, EpollKernel kernel, Clients clients, Environment environment) {
  /**
   * @param kept what outlives the process, or null
   */
  static Parts of(BrokerLoop loop, Terms terms, Consumer<AuditEntry> audit, Kept kept) {
    EpollKernel kernel = new EpollKernel(loop, kept);
    ByteBufAllocator buffers = kept == null ? PooledByteBufAllocator.DEFAULT : kept.buffers();
    Ledger ledger = kept == null ? Ledger.NONE : kept;
    return new Parts(
        loop,
        kernel,
        new Clients(loop, kernel, buffers, ledger),
        environment(loop, kernel, terms, audit, buffers, ledger));
  }

  private static Environment environment(
      BrokerLoop loop,
      EpollKernel kernel,
      Terms terms,
      Consumer<AuditEntry> audit,
      ByteBufAllocator buffers,
      Ledger ledger) {
    LoopAlarm alarm = new LoopAlarm(loop);
    Timers timers = new Timers(System::nanoTime, alarm);
    alarm.onTime(timers::run);
    return new Environment(
        kernel,
        timers,
        loop,
        loop::inEventLoop,
        buffers,
        // Pooled, because an unpooled buffer creates two objects whenever it is asked for its
        // address.
        new Scratch(buffers),
        InstantSource.system(),
        new InForce(terms),
        audit,
        () -> loop.times().busyNanos(),
        SocketPaths.effectiveUid(),
        Version.text(),
        ledger);
  }

  Limits limits() {
    return environment.limits();
  }

  /**
   * Combines the contract with a door that is still closed.
   *
   * @param path null if the service manager owns the address
   * @param address a path, or @ and an abstract name
   * @param group a group that may also connect, or null
   */
  Running running(Conductor conductor, SocketPath path, String address, String group) {
    Listener listener = new Listener(loop, clients, conductor, kernel, limits(), group);
    return new Running(conductor, new Door(path, address, listener, kernel), path, address);
  }
}
