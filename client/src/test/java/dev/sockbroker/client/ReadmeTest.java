package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles every Java block of the README. */
final class ReadmeTest {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CLASS = Pattern.compile("public class (\\w+)");

  @TempDir private Path classes;

  @Test
  void shouldCompileEveryBlock() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    List<Source> sources =
        BLOCK
            .matcher(readme)
            .results()
            .map(block -> source(block.group(1), block.start()))
            .toList();
    assertThat(sources).hasSizeGreaterThan(10);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    List<String> options =
        List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));

    compiler.getTask(null, null, problems, options, null, sources).call();

    assertThat(problems.getDiagnostics()).isEmpty();
  }

  /** A block that is not a complete program becomes a class with a name from its position. */
  private static Source source(String block, int offset) {
    Matcher program = CLASS.matcher(block);
    String name = "At" + offset;
    return program.find()
        ? new Source(program.group(1), block)
        : new Source(name, example(name, block));
  }

  /** The context that the README describes for a block that is not a complete program. */
  private static String example(String name, String block) {
    String imports =
        Stream.of(
                "dev.sockbroker.client.*",
                "dev.sockbroker.protocol.*",
                "static dev.sockbroker.protocol.NetworkEvent.*",
                "static dev.sockbroker.protocol.Right.RECV",
                "static dev.sockbroker.protocol.Right.SEND",
                "io.netty.bootstrap.ServerBootstrap",
                "io.netty.channel.*",
                "io.netty.channel.epoll.EpollIoHandler",
                "java.io.*",
                "java.net.ServerSocket",
                "java.net.Socket",
                "java.net.StandardSocketOptions",
                "java.nio.ByteBuffer",
                "java.nio.channels.ClosedChannelException",
                "java.nio.channels.SocketChannel",
                "java.nio.file.Path",
                "java.time.Duration",
                "java.util.EnumSet",
                "java.util.Map",
                "java.util.concurrent.*",
                "javax.net.SocketFactory")
            .map(it -> "import " + it + ";\n")
            .reduce("", String::concat);
    return imports
        + "class "
        + name
        + " {\n"
        + "void example(Broker broker, SharedSocket web, SharedSocket conn) throws IOException {\n"
        + block
        + "}\n}\n";
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
