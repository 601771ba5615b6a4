package dev.sockbroker.demo;

import dev.sockbroker.child.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;

/** The demo's handle of one worker process. */
final class Worker implements AutoCloseable {
  private final ChildJvm process;

  private Worker(ChildJvm process) {
    this.process = process;
  }

  static Worker start(String name, Path broker) throws IOException {
    return new Worker(
        ChildJvm.start(
            "worker " + name, ChildJvm.QUICK, WorkerMain.class, name, broker.toString()));
  }

  /** Waits until it has connected to the broker. */
  void awaitReady() throws IOException {
    DemoFailedException.check(process.answer().equals("ready"), process + " did not connect");
  }

  long pid() {
    return process.pid();
  }

  /** Sends a request and waits for the reply. */
  String ask(Object... words) throws IOException {
    return process.ask(words);
  }

  void kill() throws IOException {
    process.kill();
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
