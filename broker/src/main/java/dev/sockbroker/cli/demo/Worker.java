package dev.sockbroker.cli.demo;

import java.io.IOException;
import java.nio.file.Path;

/** The demo's side of one worker process: a line of request, a line of answer. */
final class Worker implements AutoCloseable {
  private final String name;
  private final ChildJvm process;

  private Worker(String name, ChildJvm process) {
    this.name = name;
    this.process = process;
  }

  static Worker start(String name, Path broker) throws IOException {
    return new Worker(
        name, ChildJvm.start("worker " + name, WorkerMain.class, name, broker.toString()));
  }

  /** Waits until it has connected to the broker. */
  void awaitReady() throws IOException {
    DemoFailedException.check(answer().equals("ready"), this + " did not connect");
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  /** Asks and waits for the answer. */
  String ask(Object... words) throws IOException {
    StringBuilder line = new StringBuilder();
    for (Object word : words) {
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    process.tell(line.toString());
    return answer();
  }

  /** A worker that fails says so in a line, with its exception. */
  private String answer() throws IOException {
    String line = process.nextLine();
    if (line.startsWith("ok")) {
      return line.substring(2).strip();
    }
    throw new DemoFailedException(this + ": " + line);
  }

  void kill() throws IOException {
    process.kill();
  }

  @Override
  public void close() throws IOException {
    process.close();
  }

  @Override
  public String toString() {
    return "worker " + name + " (pid " + pid() + ")";
  }
}
