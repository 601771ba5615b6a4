package dev.sockbroker.agent;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.util.Map;
import java.util.Set;

/** The entry of the agent. If it cannot do what it is asked for, the JVM ends with a message. */
public final class Premain {
  /** The same exit codes as those of the command line. */
  private static final int REFUSED = 1;

  private static final int WRONG_USAGE = 2;

  private Premain() {}

  /**
   * Called by the JVM before the program starts.
   *
   * @param options the text after the agent's jar and {@code =}, or null
   */
  public static void premain(String options, Instrumentation instrumentation) {
    try {
      AgentOptions parsed = AgentOptions.parse(options);
      open(instrumentation);
      BootClasses.define();
      Agent.start(parsed, instrumentation);
    } catch (IllegalArgumentException e) {
      end(WRONG_USAGE, e);
    } catch (ExceptionInInitializerError e) {
      end(REFUSED, e.getCause());
    } catch (IOException | RuntimeException | LinkageError e) {
      end(REFUSED, e);
    }
  }

  /** Opens to this class's module what {@link Jdk} and {@link Renumbering} use. */
  private static void open(Instrumentation instrumentation) {
    Set<Module> us = Set.of(Premain.class.getModule());
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang.invoke", us, "sun.nio.ch", us),
        Set.of(),
        Map.of());
  }

  private static void end(int code, Throwable reason) {
    String text = reason.getMessage() == null ? reason.toString() : reason.getMessage();
    System.err.println("sockbroker-agent: " + text);
    System.exit(code);
  }
}
