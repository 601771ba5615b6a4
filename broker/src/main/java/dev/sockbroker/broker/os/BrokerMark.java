package dev.sockbroker.broker.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name of a broker's process (comm, proc(5)), by which other brokers know it. What a broker
 * connects it connects for its clients, so no broker takes it for a client of its own user. A
 * process that is no broker gains nothing by this name.
 */
public final class BrokerMark {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerMark.class);

  private static final String NAME = "sockbrokerd";

  private BrokerMark() {}

  /** Gives this process the name. */
  public static void set() {
    try {
      Files.writeString(Path.of("/proc/self/comm"), NAME);
    } catch (IOException e) {
      LOG.warn("other brokers will not know this one: {}", e.toString());
    }
  }

  /** Whether that living process is a broker; false for one that cannot be seen. */
  public static boolean isOn(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/comm")).strip().equals(NAME);
    } catch (IOException e) {
      return false;
    }
  }
}
