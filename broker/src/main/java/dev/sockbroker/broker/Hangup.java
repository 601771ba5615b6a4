package dev.sockbroker.broker;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP. To a service it means "read your configuration again", and a broker has none; it must not
 * end the service, as the JVM would. To a program in a terminal it means that the terminal has
 * gone, and there it ends the broker.
 */
final class Hangup {
  private static final Logger LOG = LoggerFactory.getLogger(Hangup.class);

  private Hangup() {}

  /** Takes SIGHUP from the JVM where it does not come from a terminal. */
  static void ignoreInService(Map<String, String> environment) throws IOException {
    boolean isService =
        environment.containsKey("INVOCATION_ID") || environment.containsKey("NOTIFY_SOCKET");
    if (isService || !hasTerminal(Files.readString(Path.of("/proc/self/stat")))) {
      handle(() -> LOG.info("SIGHUP: there is no configuration to be read again; going on"));
    }
  }

  /**
   * @param stat as proc_pid_stat(5) has it: behind the command in parentheses stand state, parent,
   *     process group, session and the controlling terminal's number
   */
  static boolean hasTerminal(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return !fields[4].equals("0");
  }

  /**
   * By reflection, because javac warns of every use of these classes, and cannot be told not to.
   */
  private static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Hangup.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      Object hangup = signal.getConstructor(String.class).newInstance("HUP");
      signal.getMethod("handle", signal, handler).invoke(null, hangup, proxy);
    } catch (ReflectiveOperationException e) {
      LOG.warn("SIGHUP will end this broker", e);
    }
  }
}
