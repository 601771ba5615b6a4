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
    BrokerSession session = new BrokerSession(options.socket());
    List<Listener> listeners = listeners(options, session);
    if (listeners.isEmpty() && !options.connects()) {
      throw new IllegalArgumentException(
          "no listener is given; start the program by 'sockbroker exec --open"
              + " web=tcp-listen:HOST:PORT', or name it: sockbroker-agent.jar=web=tcp:HOST:PORT");
    }
    if (options.connects()) {
      needForeignFunctions("connect by the broker", "");
    }
    if (FEATURE >= FOREIGN_FUNCTIONS) {
      Jdk.allowForeignFunctions();
    } else {
      recordChannels();
    }
    redirect(new Listeners(listeners), options.connects() ? session : null, instrumentation);
  }

  /**
   * @param connects the session that connects; null if the JDK does it
   */
  private static void redirect(
      Listeners listeners, BrokerSession connects, Instrumentation instrumentation)
      throws IOException {
    FdReplacement replacement = ForThisJava.fdReplacement();
    HeldDescriptors held = new HeldDescriptors();
    List<Redirection> redirections = new ArrayList<>(Redirection.ofServers(FEATURE));
    BrokeredConnections connections = null;
    if (connects != null) {
      PlaceholderAddresses names = new PlaceholderAddresses();
      ForThisJava.resolveTo(names);
      connections = new BrokeredConnections(connects, names, replacement, held);
      redirections.addAll(Redirection.ofConnections());
    }
    RedirectedCalls.to(new BrokeredServers(listeners, replacement, held), connections, held);
    Redirector.install(redirections, instrumentation);
  }

  private static List<Listener> listeners(AgentOptions options, BrokerSession session)
      throws IOException {
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
    for (Map.Entry<String, SocketSpec> it : options.listeners().entrySet()) {
      if (!inherited.containsKey(it.getKey())) {
        SocketSpec spec = it.getValue().name(it.getKey()).retain(options.retain());
        needForeignFunctions(
            "get the listener '" + it.getKey() + "' from the broker",
            ". Start the program by 'sockbroker exec --open %s=%s' instead"
                .formatted(it.getKey(), spec));
        listeners.add(new OpenedListener(address(spec), spec, session));
      }
    }
    return listeners;
  }

  private static void needForeignFunctions(String purpose, String advice) {
    if (FEATURE < FOREIGN_FUNCTIONS) {
      throw new IllegalStateException(
          "Java %d cannot %s: that needs Java %d or later%s"
              .formatted(FEATURE, purpose, FOREIGN_FUNCTIONS, advice));
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
