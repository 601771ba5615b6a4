package dev.sockbroker.system.fuzz;

import com.sun.tools.attach.VirtualMachine;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.BrokerProcess;
import dev.sockbroker.system.WireClient;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * The resources that a broker uses.
 *
 * @param counts of {@code show --broker}, without those that grow with time
 * @param heapBytes live bytes after a collection
 * @param directBytes of buffers outside the heap
 * @param threads by name, without those that the measurement creates
 */
record Footprint(
    Reply.BrokerInfo counts, int fds, long heapBytes, long directBytes, Set<String> threads) {
  /** Threads of the JVM's own tools. */
  private static final Pattern LOOKING =
      Pattern.compile(
          "JFR .*|RMI .*|JMX .*|Attach Listener|.*Monitor Ctrl-Break.*|process reaper.*");

  static Footprint of(BrokerProcess broker) throws Exception {
    VirtualMachine machine = VirtualMachine.attach("" + broker.pid());
    JMXServiceURL url;
    try {
      url = new JMXServiceURL(machine.startLocalManagementAgent());
    } finally {
      machine.detach();
    }
    long heap;
    long direct;
    Set<String> threads;
    try (var connector = JMXConnectorFactory.connect(url)) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      heap = liveHeap(beans);
      direct = direct(beans);
      threads = threads(beans);
    }
    // without the connection of the measurement itself
    return new Footprint(counts(broker), broker.fdCount(), heap, direct, threads);
  }

  /** What the broker counts, with the session that asks. */
  static Reply.BrokerInfo counts(BrokerProcess broker) throws IOException {
    try (WireClient client = WireClient.connect(broker.socket())) {
      client.ask(
          Reply.Welcome.class, new Request.Hello(List.of(1), "verdict", true, Lifetime.CONNECTION));
      return client.ask(Reply.BrokerInfo.class, new Request.ShowBroker()).withoutTraffic();
    }
  }

  private static long liveHeap(MBeanServerConnection beans) throws IOException {
    MemoryMXBean memory = ManagementFactory.getPlatformMXBean(beans, MemoryMXBean.class);
    memory.gc();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  private static long direct(MBeanServerConnection beans) throws IOException {
    return ManagementFactory.getPlatformMXBeans(beans, BufferPoolMXBean.class).stream()
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private static Set<String> threads(MBeanServerConnection beans) throws IOException {
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(beans, ThreadMXBean.class);
    Set<String> names = new TreeSet<>();
    Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(it -> it != null && !LOOKING.matcher(it.getThreadName()).matches())
        .map(ThreadInfo::getThreadName)
        .forEach(names::add);
    return names;
  }
}
