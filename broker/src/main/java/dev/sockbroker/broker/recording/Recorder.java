package dev.sockbroker.broker.recording;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/**
 * Records what the virtual machine does, for a bug report. No event contains an environment
 * variable, a system property, a command line, a path or bytes of clients. Any thread.
 */
public final class Recorder {
  private static final Duration LONGEST = Duration.ofSeconds(60);
  private static final Duration SAMPLES = Duration.ofMillis(20);
  private static final Duration LONG_WAIT = Duration.ofMillis(10);

  /** Must fit into a session's buffer limit. */
  private static final long BYTES_MAX = 8 << 20;

  private static final List<String> EVENTS =
      List.of(
          "jdk.CPULoad",
          "jdk.ThreadCPULoad",
          "jdk.GarbageCollection",
          "jdk.GCHeapSummary",
          "jdk.GCPhasePause",
          "jdk.Compilation",
          "jdk.ThreadStart",
          "jdk.ThreadEnd",
          "jdk.VirtualThreadPinned",
          "jdk.SafepointBegin",
          "jdk.ExecuteVMOperation",
          "dev.sockbroker.SlowTurn",
          "dev.sockbroker.RefusedRequest",
          "dev.sockbroker.HandOver");

  private Recording running;

  /**
   * Starts recording. Stops on its own after a minute.
   *
   * @throws RefusedException EALREADY if it records; EOPNOTSUPP if this virtual machine cannot
   */
  public synchronized void start() {
    if (running != null && running.getState() == RecordingState.RUNNING) {
      throw new RefusedException(
          Errno.EALREADY, "it is being recorded already; read that recording first");
    } else if (!FlightRecorder.isAvailable()) {
      throw new RefusedException(Errno.EOPNOTSUPP, "this virtual machine cannot record");
    }
    discard();
    Recording recording = new Recording();
    recording.setName("sockbroker");
    recording.setToDisk(false);
    recording.setDuration(LONGEST);
    EVENTS.forEach(it -> recording.enable(it).withoutStackTrace());
    for (String samples : List.of("jdk.ExecutionSample", "jdk.NativeMethodSample")) {
      recording.enable(samples).withPeriod(SAMPLES).withStackTrace();
    }
    for (String waits : List.of("jdk.JavaMonitorEnter", "jdk.ThreadPark")) {
      recording.enable(waits).withThreshold(LONG_WAIT).withStackTrace();
    }
    recording.start();
    running = recording;
  }

  /** Discards the recording. */
  public synchronized void discard() {
    if (running != null) {
      running.close();
      running = null;
    }
  }

  /**
   * Removes the directory of the JDK's recorder, which it does itself only in a regular end of the
   * process.
   */
  public static void removeDirectory() {
    String directory = System.getProperty("jdk.jfr.repository");
    if (directory != null) {
      try {
        Files.deleteIfExists(Path.of(directory));
      } catch (IOException e) {
        // Another recording, started with the JDK's tools, still uses it.
        return;
      }
    }
  }

  /**
   * Ends the recording and returns it as a file. Takes up to a second.
   *
   * @throws RefusedException EINVAL if it does not record, EFBIG if the recording is too large, EIO
   *     if the directory for temporary files is not writable
   */
  public synchronized byte[] finish() {
    if (running == null) {
      throw new RefusedException(Errno.EINVAL, "nothing is being recorded");
    }
    Path file = null;
    try (Recording recording = running) {
      running = null;
      file = Files.createTempFile("sockbroker", ".jfr");
      recording.dump(file);
      if (Files.size(file) > BYTES_MAX) {
        throw new RefusedException(Errno.EFBIG, "the recording is larger than 8 MiB");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new RefusedException(Errno.EIO, "the recording cannot be written: " + e.getMessage());
    } finally {
      delete(file);
    }
  }

  private static void delete(Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new RefusedException(Errno.EIO, "cannot delete " + file + ": " + e.getMessage());
      }
    }
  }
}
