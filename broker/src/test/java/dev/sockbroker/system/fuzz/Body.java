package dev.sockbroker.system.fuzz;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A process with one session, one fd connection and the received fds; see body.py. */
final class Body implements AutoCloseable {
  private static final int EXIT_SECONDS = 2;

  private final Process process;
  private final DataOutputStream commands;

  /**
   * @param script body.py, readable for every user
   * @param uid the user of the process; -1 for the fuzzer's own
   * @param onBytes receives the broker's bytes; null at the end
   */
  Body(Path script, Path socket, int uid, Consumer<byte[]> onBytes) throws IOException {
    List<String> line = new ArrayList<>();
    if (uid >= 0) {
      line.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + Storm.GROUP, "--clear-groups"));
    }
    line.addAll(List.of("python3", script.toString(), socket.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectError(script.resolveSibling("bodies.log").toFile());
    // first the python3 that every user can run
    builder.environment().merge("PATH", "/usr/bin", (path, first) -> first + ":" + path);
    process = builder.start();
    commands = new DataOutputStream(process.getOutputStream());
    Thread reader = new Thread(() -> read(onBytes), "body " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /** Puts the script where its processes can read it. */
  static Path script(Path directory) throws IOException {
    Path script = directory.resolve("body.py");
    try (InputStream source = Body.class.getResourceAsStream("body.py")) {
      Files.copy(source, script);
    }
    return script;
  }

  long pid() {
    return process.pid();
  }

  void send(byte[] frames) {
    command('S', frames);
  }

  /** Stops reading its session for a while. */
  void deaf(int millis) {
    command('P', millis);
  }

  /** Stops receiving fds for a while. */
  void leaveFds(int millis) {
    command('U', millis);
  }

  void connectForFds(byte[] hello) {
    command('K', hello);
  }

  void sendWhereOnlyFdsGo(byte[] bytes) {
    command('J', bytes);
  }

  void closeFdConnection() {
    command('C', 0);
  }

  /** See {@code do_ring} of the script. */
  void ring(String action) {
    command('R', action.getBytes(US_ASCII));
  }

  void halfClose() {
    command('W', 0);
  }

  /** Ends when everything was sent, or after a time limit. */
  void exit() throws InterruptedException {
    command('X', 0);
    process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
  }

  /** Stops the process for a moment, like a debugger or a busy machine. */
  void pause(int millis) throws IOException, InterruptedException {
    signal("STOP");
    process.waitFor(millis, TimeUnit.MILLISECONDS);
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, "" + pid()).start().waitFor();
  }

  /** Sends SIGKILL. Returns when the process has ended. */
  @Override
  public void close() {
    try {
      if (!process.destroyForcibly().waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError("pid " + pid() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while it ends", e);
    }
  }

  private void command(char letter, int number) {
    command(letter, ("" + number).getBytes(US_ASCII));
  }

  private void command(char letter, byte[] bytes) {
    try {
      commands.writeByte(letter);
      commands.writeInt(bytes.length);
      commands.write(bytes);
      commands.flush();
    } catch (IOException e) {
      // its session and the process have ended; a thread that waits for a reply will notice
    }
  }

  private void read(Consumer<byte[]> onBytes) {
    try (DataInputStream in = new DataInputStream(process.getInputStream())) {
      while (in.readByte() == 'D') {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        onBytes.accept(bytes);
      }
    } catch (EOFException e) {
      // killed
    } catch (IOException e) {
      // killed, in the middle of a frame
    } finally {
      onBytes.accept(null);
    }
  }
}
