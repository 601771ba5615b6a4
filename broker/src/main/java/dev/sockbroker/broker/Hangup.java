package dev.sockbroker.broker;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles SIGHUP. For a service the signal means "reload your configuration". The JVM's default
 * would end the process. For a program in a terminal the signal means that the terminal was closed,
 * and it ends the broker.
 */
final class Hangup {
  private static final Logger LOG = LoggerFactory.getLogger(Hangup.class);

  private Hangup() {}

  /**
   * Replaces the JVM's handler of SIGHUP if the process has no terminal.
   *
   * @param reload runs on a thread of the JVM
   */
  static void handleInService(Map<String, String> environment, Runnable reload) throws IOException {
    boolean isService =
        environment.containsKey("INVOCATION_ID") || environment.containsKey("NOTIFY_SOCKET");
    if (isService || !hasTerminal(Files.readString(Path.of("/proc/self/stat")))) {
      handle(reload);
    }
  }

  /**
   * @param stat the text of proc_pid_stat(5): the command in parentheses is followed by state,
   *     parent, process group, session and the number of the controlling terminal
   */
  static boolean hasTerminal(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return !fields[4].equals("0");
  }

  /**
   * Uses reflection, because javac warns about every use of these classes and the warning cannot be
   * suppressed.
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
