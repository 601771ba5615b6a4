package dev.sockbroker.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long the loop works, and the event of a slow turn. */
class LoopTimesTest {
  @TempDir private Path directory;

  @Test
  void shouldSumUp() {
    LoopTimes times = new LoopTimes();
    times.turn(1_000);
    times.turn(2_000);
    assertThat(times.busyNanos()).isEqualTo(3_000);
  }

  @Test
  void shouldRecordSlowTurnsIfAsked() throws IOException {
    LoopTimes times = new LoopTimes();
    times.turn(TimeUnit.MILLISECONDS.toNanos(30));
    try (Recording recording = new Recording()) {
      recording.enable("dev.sockbroker.SlowTurn");
      recording.start();
      times.turn(TimeUnit.MILLISECONDS.toNanos(1));
      times.turn(TimeUnit.MILLISECONDS.toNanos(40));
      recording.stop();
      Path file = directory.resolve("recording.jfr");
      recording.dump(file);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      assertThat(events).hasSize(1);
      assertThat(events.getFirst().getDuration("nanos").toMillis()).isEqualTo(40);
    }
  }
}
