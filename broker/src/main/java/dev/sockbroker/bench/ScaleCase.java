package dev.sockbroker.bench;

import dev.sockbroker.child.ChildFailedException;
import dev.sockbroker.child.ChildJvm;
import dev.sockbroker.child.PrivateBroker;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Many descriptors in one broker: five for each socket, ten sockets in each session. It measures
 * the cost of each, and whether other clients become slower. It compares with a second broker that
 * has ten sockets.
 */
final class ScaleCase {
  /** Names the small broker in place of a lane. */
  static final String FEW = "10 sockets";

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Stage stage;
  private final Rounds rounds;
  private final Plan plan;
  private int sessions;

  /** The live bytes of the broker's heap, and the number of objects that they are for. */
  private record Heap(long bytes, int count) {
    /** The cost of each additional object. */
    private double each(Heap earlier) {
      return (double) (bytes - earlier.bytes) / (count - earlier.count);
    }
  }

  ScaleCase(Stage stage, Rounds rounds, Plan plan) {
    this.stage = stage;
    this.rounds = rounds;
    this.plan = plan;
  }

  List<ScalePoint> run() throws IOException {
    List<Integer> steps =
        plan.descriptors().stream().map(ScaleSize::sessions).distinct().sorted().toList();
    PrivateBroker small = stage.newBroker();
    stage.holder(small).ask("open", 1);
    int most = steps.getLast() + ScaleSize.OTHER_SESSIONS;
    PrivateBroker large = stage.newBroker("--limit", "sessions=" + most);
    ChildJvm holder = stage.holder(large);
    Route few = stage.brokered("framed", small.socket(), small.pid());
    Route many = stage.brokered("framed", large.socket(), large.pid());
    List<ScalePoint> points = new ArrayList<>();
    for (int count : steps) {
      points.add(grow(count, large, holder, few, many));
    }
    return points;
  }

  private ScalePoint grow(int all, PrivateBroker broker, ChildJvm holder, Route few, Route many)
      throws IOException {
    int sockets = all * HolderMain.SOCKETS;
    int descriptors = all * ScaleSize.DESCRIPTORS_OF_SESSION;
    Subject subject = new Subject(Case.SCALE, "grow", ControlCase.BROKER, descriptors, 0, 1);
    rounds.say(subject, "opening " + sockets + " sockets");
    Heap before = heap(broker, sessions * HolderMain.SOCKETS);
    holder.tell("open", all - sessions);
    holder.answer(PATIENCE);
    Heap opened = heap(broker, sockets);
    holder.tell("share");
    holder.answer(PATIENCE);
    int extra = (all - sessions) * HolderMain.SOCKETS * (HolderMain.HOLDERS - 1);
    Heap shared = heap(broker, sockets + extra);
    sessions = all;
    ControlCase control = new ControlCase(stage);
    List<Series> times =
        rounds.take(
            List.of(
                control.control(few, "set", FEW),
                control.control(many, "set", ControlCase.BROKER),
                control.event(few, FEW),
                control.event(many, ControlCase.BROKER)));
    return new ScalePoint(
        descriptors,
        sockets,
        all,
        shared.bytes,
        opened.each(before),
        shared.each(opened),
        list(broker),
        Spread.ratio(times.get(1).compared(), times.get(0).compared()),
        Spread.ratio(times.get(3).compared(), times.get(2).compared()));
  }

  /** The live bytes after a collection, from jcmd of the JDK that runs everything. */
  private static Heap heap(PrivateBroker broker, int count) throws IOException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Process process =
        new ProcessBuilder(jcmd.toString(), Long.toString(broker.pid()), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String histogram = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String total =
        histogram
            .lines()
            .filter(line -> line.startsWith("Total"))
            .findFirst()
            .orElseThrow(() -> new ChildFailedException("jcmd says: " + histogram.strip()));
    return new Heap(Long.parseLong(total.split("\\s+")[2]), count);
  }

  /** Starts a new process each time, as a user does. */
  private Spread list(PrivateBroker broker) throws IOException {
    double[] millis = new double[plan.rounds()];
    for (int i = 0; i < millis.length; i++) {
      millis[i] = rounds.quiet().take(() -> listOnce(broker));
    }
    return Spread.of(millis);
  }

  private double listOnce(PrivateBroker broker) throws IOException {
    ProcessBuilder command = stage.command("list", "--json", "--socket", broker.socket());
    long begin = System.nanoTime();
    Process process = command.redirectOutput(Redirect.DISCARD).start();
    try {
      if (process.waitFor() != 0) {
        throw new ChildFailedException("list ended with " + process.exitValue());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return (System.nanoTime() - begin) / 1e6;
  }
}
