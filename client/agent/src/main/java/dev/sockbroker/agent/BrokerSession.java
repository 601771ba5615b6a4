package dev.sockbroker.agent;

import dev.sockbroker.client.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * This process's session with the broker. It is opened when it is first needed, and again after it
 * has ended. Any thread may call any method.
 */
final class BrokerSession {
  private final Path path;
  private final ReentrantLock lock = new ReentrantLock();

  /** Null until it is first needed. Guarded by the lock. */
  private Broker broker;

  /**
   * @param path null for the user's own broker
   */
  BrokerSession(Path path) {
    this.path = path;
  }

  Broker broker() throws IOException {
    lock.lock();
    try {
      if (broker == null || broker.ended().isDone()) {
        broker = path == null ? Broker.connect() : Broker.connect(path);
      }
      return broker;
    } finally {
      lock.unlock();
    }
  }
}
