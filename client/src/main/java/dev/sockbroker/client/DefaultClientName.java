package dev.sockbroker.client;

/** The name of a JVM: its main class, jar or source file, without package and directories. */
final class DefaultClientName {
  private static final int LENGTH_MAX = 64;

  /** The main class of {@code java File.java}. Its simple name differs between JDKs. */
  private static final String SOURCE_LAUNCHER = "jdk.compiler/com.sun.tools.javac.launcher.";

  private DefaultClientName() {}

  static String get() {
    return of(System.getProperty("sun.java.command", ""));
  }

  static String of(String command) {
    String[] words = command.strip().split("\\s+");
    if (words[0].startsWith(SOURCE_LAUNCHER) && words.length > 1) {
      return bounded(fileName(words[1]).replaceFirst("\\.java$", ""));
    }
    String file = fileName(words[0]);
    String name = file.endsWith(".jar") ? file : file.substring(file.lastIndexOf('.') + 1);
    return bounded(name);
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String bounded(String name) {
    if (name.isEmpty()) {
      return "java";
    }
    return name.length() > LENGTH_MAX ? name.substring(0, LENGTH_MAX) : name;
  }
}
