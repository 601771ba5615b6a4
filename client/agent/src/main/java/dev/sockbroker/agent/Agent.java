package dev.sockbroker.agent;

import dev.sockbroker.agent.boot.RedirectedCalls;
import dev.sockbroker.client.SocketSpec;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.net.InetAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Wires the parts. Its classes see the boot loader's, so they are defined already. */
final class Agent {
  /** The first version of Java with the foreign function API. */
  private static final int FOREIGN_FUNCTIONS = 22;

  private static final int FEATURE = Runtime.version().feature();
  private static final String PROVIDER = "java.nio.channels.spi.SelectorProvider";

  private Agent() {}

  /**
   * @throws IllegalArgumentException if the options name nothing that this process can use
   * @throws IllegalStateException if the JDK is too old for them, or differs from the known ones
   */
  static void start(AgentOptions options, Instrumentation instrumentation) throws IOException {
    List<Listener> listeners = listeners(options);
    if (listeners.isEmpty()) {
      throw new IllegalArgumentException(
          "no listener is given; start the program by 'sockbroker exec --open"
              + " web=tcp-listen:HOST:PORT', or name it: sockbroker-agent.jar=web=tcp:HOST:PORT");
    }
    if (FEATURE >= FOREIGN_FUNCTIONS) {
      Jdk.allowForeignFunctions();
    } else {
      recordChannels();
    }
    RedirectedCalls.to(new BrokeredCalls(new Listeners(listeners), FdReplacements.forThisJava()));
    Redirector.install(Redirection.of(FEATURE), instrumentation);
  }

  private static List<Listener> listeners(AgentOptions options) throws IOException {
    Map<String, Integer> inherited =
        InheritedFds.of(System.getenv(), ProcessHandle.current().pid());
    List<Listener> listeners = new ArrayList<>();
    for (Map.Entry<String, Integer> it : inherited.entrySet()) {
      SocketSpec spec = options.listeners().get(it.getKey());
      if (InheritedFds.isTcpListener(it.getValue())) {
        ListenAddress own = InheritedFds.address(it.getValue());
        listeners.add(new InheritedListener(spec == null ? own : address(spec), it.getValue()));
      } else if (spec != null) {
        throw new IllegalArgumentException(
            "fd " + it.getValue() + ", named '" + it.getKey() + "', is no TCP listener");
      }
    }
    BrokerSession session = new BrokerSession(options.socket());
    for (Map.Entry<String, SocketSpec> it : options.listeners().entrySet()) {
      if (!inherited.containsKey(it.getKey())) {
        SocketSpec spec = it.getValue().name(it.getKey()).retain(options.retain());
        needForeignFunctions(it.getKey(), spec);
        listeners.add(new OpenedListener(address(spec), spec, session));
      }
    }
    return listeners;
  }

  private static void needForeignFunctions(String name, SocketSpec spec) {
    if (FEATURE < FOREIGN_FUNCTIONS) {
      throw new IllegalStateException(
          ("Java %d cannot get the listener '%s' from the broker: that needs Java %d or later."
                  + " Start the program by 'sockbroker exec --open %s=%s' instead")
              .formatted(FEATURE, name, FOREIGN_FUNCTIONS, name, spec));
    }
  }

  private static ListenAddress address(SocketSpec spec) throws IOException {
    return new ListenAddress(InetAddress.getByName(spec.host()), spec.port());
  }

  private static void recordChannels() {
    String before = System.setProperty(PROVIDER, RecordingProvider.class.getName());
    if (before != null || !(SelectorProvider.provider() instanceof RecordingProvider)) {
      throw new IllegalStateException(
          "before Java %d, the property %s must not be set".formatted(FOREIGN_FUNCTIONS, PROVIDER));
    }
  }
}
