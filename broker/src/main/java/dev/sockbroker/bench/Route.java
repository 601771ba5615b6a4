package dev.sockbroker.bench;

import dev.sockbroker.child.ChildJvm;
import java.io.IOException;

/**
 * A lane that is set up: its worker, and the address for the peer.
 *
 * @param entrance in the form of {@link Endpoint}
 * @param processes of the lane, including the peer
 */
record Route(String lane, ChildJvm worker, String entrance, Cpu.Processes processes) {

  /** Measures the load of the processes since the beginning. */
  Cpu busy(long begin, Cpu before) throws IOException {
    return processes.sample().since(before, (System.nanoTime() - begin) / 1e9);
  }
}
