package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;

/** The jar on a worker's class path, and programs that run with it. */
public final class WorkerJar {
  public static final Path PATH =
      Path.of(
              System.getProperty(
                  "sockbroker.client.jar", "../client/all/target/sockbroker-client-all.jar"))
          .toAbsolutePath()
          .normalize();

  /** The JVM that runs Maven: 17 or later. */
  static final String JVM_OF_MAVEN = System.getProperty("maven.jvm", BrokerProcess.JAVA.toString());

  private WorkerJar() {}

  /** The oldest available JVM, and the JVM of the tests. */
  static List<String> jvms() {
    return List.of(JVM_OF_MAVEN, BrokerProcess.JAVA.toString());
  }

  /**
   * A class path of the jar and of libraries that the tests have.
   *
   * @param libraries the prefixes of their file names
   */
  public static String with(String... libraries) {
    String others = classPath(libraries);
    return others.isEmpty() ? PATH.toString() : PATH + File.pathSeparator + others;
  }

  /**
   * A class path of libraries that the tests have, without the jar.
   *
   * @param libraries the prefixes of their file names
   */
  static String classPath(String... libraries) {
    List<String> entries = new ArrayList<>();
    for (String library : libraries) {
      entries.addAll(found(library));
    }
    return entries.stream().distinct().collect(Collectors.joining(File.pathSeparator));
  }

  /** The path of a library that the tests have. */
  static String library(String prefix) {
    return found(prefix).getFirst();
  }

  private static List<String> found(String prefix) {
    List<String> found =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> Path.of(entry).getFileName().toString().startsWith(prefix))
            .toList();
    assertThat(found).as(prefix).isNotEmpty();
    return found;
  }

  /**
   * Compiles a program for the oldest Java that workers run on. A JVM that gets the source instead
   * compiles it again, which takes seconds.
   *
   * @param directory where its source and its classes go
   * @param name of its public class
   * @return the class path with which it runs
   */
  static String compile(Path directory, String classPath, String name, String program)
      throws IOException {
    Path source = Files.writeString(directory.resolve(name + ".java"), program);
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "--release", "17", "-cp", classPath, source.toString());
    assertThat(code).isZero();
    return classPath + File.pathSeparator + directory;
  }

  /** Starts a program that finds the broker through SOCKBROKER_SOCKET. Its stderr is the test's. */
  static Process start(BrokerProcess broker, List<String> line) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("SOCKBROKER_SOCKET", broker.socket().toString());
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
