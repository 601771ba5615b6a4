package dev.sockbroker.bench;

import dev.sockbroker.child.ChildJvm;
import java.io.IOException;

/**
 * A lane as it stands: the worker at its end, and where the peer enters.
 *
 * @param entrance as {@link Endpoint} has it
 * @param processes of the lane, with the peer
 */
record Route(String lane, ChildJvm worker, String entrance, Cpu.Processes processes) {

  /** Measures how busy the processes are meanwhile. */
  Cpu busy(long begin, Cpu before) throws IOException {
    return processes.sample().since(before, (System.nanoTime() - begin) / 1e9);
  }
}
