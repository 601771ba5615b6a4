package dev.sockbroker.client;

/** What a JVM calls itself: its main class or jar, without package and directories. */
final class DefaultClientName {
  private static final int LENGTH_MAX = 64;

  private DefaultClientName() {}

  static String get() {
    return of(System.getProperty("sun.java.command", ""));
  }

  static String of(String command) {
    String program = command.strip().split("\\s+")[0];
    String file = program.substring(program.lastIndexOf('/') + 1);
    String name = file.endsWith(".jar") ? file : file.substring(file.lastIndexOf('.') + 1);
    if (name.isEmpty()) {
      return "java";
    }
    return name.length() > LENGTH_MAX ? name.substring(0, LENGTH_MAX) : name;
  }
}
