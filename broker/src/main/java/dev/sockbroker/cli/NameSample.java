package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply.BrokerInfo;
import dev.sockbroker.protocol.Reply.NameInfo;
import dev.sockbroker.protocol.Reply.Names;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a broker has counted at one moment.
 *
 * @param nanos the moment, on the clock of {@link System#nanoTime}
 */
record NameSample(long nanos, BrokerInfo info, List<NameInfo> names) {
  static NameSample take(BrokerConnection broker) throws IOException {
    BrokerInfo info = broker.call(new Request.ShowBroker(), BrokerInfo.class);
    List<NameInfo> names = new ArrayList<>();
    Names page;
    long after = 0;
    do {
      page = broker.call(new Request.ListNames(after), Names.class);
      names.addAll(page.rows() == null ? List.of() : page.rows());
      after = page.afterSocket();
    } while (page.more());
    return new NameSample(System.nanoTime(), info, names);
  }

  /** Whether the broker shows this user its counters. */
  boolean isOfEverything() {
    return info.requests() > 0;
  }
}
