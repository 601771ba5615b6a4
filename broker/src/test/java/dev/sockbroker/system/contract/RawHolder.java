package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.PythonProgram;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A separate program with blocking calls that has the raw fd of a socket. */
final class RawHolder implements Closeable {
  private static final Pattern DESCRIPTOR = Pattern.compile("\"descriptor\": ([0-9]+)");

  private final Scene scene;
  private final PythonProgram program;
  private final long descriptor;

  /**
   * Returns when the program has the fd.
   *
   * @param does {@code accept}: answers each client of a listener; {@code receive}: prints what it
   *     receives; {@code hold}: nothing
   */
  RawHolder(Holder socket, String does) {
    scene = socket.actor().scene();
    String name = "raw " + socket.socket();
    socket.ask(Request.Name.of(socket.id(), name, 0));
    scene.beginStep("a program takes the raw fd");
    try {
      program = new PythonProgram("/dev/sockbroker/system/rawfd.py", path(), does, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Matcher says = DESCRIPTOR.matcher(line());
    assertThat(says.find()).as("it has the raw fd").isTrue();
    descriptor = Long.parseLong(says.group(1));
    scene.closedAtTheEnd(this);
  }

  private String path() {
    return scene.suite().socket().toString();
  }

  private String line() {
    try {
      return String.valueOf(program.line());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The descriptor through which the program got the fd. */
  long descriptor() {
    return descriptor;
  }

  /** Asserts the result of its blocking receive. */
  void receives(String text) {
    assertThat(line()).contains("\"received\"").contains("\"text\": \"" + text + "\"");
  }

  /** Sends SIGKILL. Returns when the program has ended. */
  void kill() {
    scene.beginStep("the program is killed");
    program.kill();
    scene.done();
  }

  @Override
  public void close() throws IOException {
    program.close();
  }
}
