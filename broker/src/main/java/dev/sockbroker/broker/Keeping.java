package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;
import dev.sockbroker.broker.os.CrashTimes;
import dev.sockbroker.broker.os.HeldFiles;
import dev.sockbroker.broker.os.Holder;
import dev.sockbroker.broker.os.HolderProbe;
import dev.sockbroker.broker.os.Kept;
import dev.sockbroker.broker.os.KeptMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the state outlive this process: its memory, the holder that keeps its files open, and the
 * file next to the path that says where both are.
 */
final class Keeping {
  private static final Logger LOG = LoggerFactory.getLogger(Keeping.class);

  private static final String NOT_KEPT = "if the broker is killed, its sockets close: {}";

  /** How long a holder keeps everything if no new broker comes. */
  private static final Duration GRACE = Duration.ofSeconds(60);

  /** How often it is checked whether the holder is there. */
  private static final int CHECK_SECONDS = 1;

  private final Path file;
  private Kept kept;
  private Holder holder;

  /** Whether nothing is kept any more. */
  private boolean over;

  /** The holder of the broker before this one, which must end when this one has everything. */
  private HeldFiles former;

  private Keeping(Path file, Kept kept) {
    this.file = file;
    this.kept = kept;
  }

  /**
   * Prepares the memory.
   *
   * @param wanted whether the state is to outlive the process
   * @param address where clients connect
   */
  static Keeping begin(boolean wanted, Path address) {
    Path file = address.resolveSibling(address.getFileName() + ".kept");
    try {
      return new Keeping(file, wanted ? Kept.create() : null);
    } catch (IOException e) {
      LOG.info(NOT_KEPT, e.getMessage());
      return new Keeping(file, null);
    }
  }

  /**
   * Keeps nothing if the machine does not permit it. A broker that has taken files out of a holder
   * knows that already.
   */
  void probe() {
    String why = kept == null ? null : HolderProbe.why();
    if (why != null) {
      LOG.info(NOT_KEPT, why);
      kept.memory().close();
      kept = null;
    }
  }

  /** What outlives the process; null if nothing does. */
  Kept kept() {
    return kept;
  }

  /**
   * What a killed broker has left at the same address.
   *
   * @param files of its holder
   * @param memory its state, which this process owns now
   */
  record Left(HeldFiles files, KeptMemory memory) {}

  /**
   * Returns what a killed broker has left, or null if there is nothing, it is still alive, or too
   * many brokers have crashed with it.
   */
  Left findLeft() {
    try {
      String[] words = Files.readString(file).strip().split(" ");
      HeldFiles files = HeldFiles.of(Integer.parseInt(words[0]), Long.parseLong(words[1]));
      former = files;
      KeptMemory memory = KeptMemory.open(files.take(Integer.parseInt(words[2])));
      if (memory.ownIfOrphaned()) {
        return noteCrash(memory) ? new Left(files, memory) : null;
      }
      former = null;
    } catch (NoSuchFileException e) {
      LOG.debug("no broker has left anything: {} does not exist", file);
    } catch (IOException | RuntimeException e) {
      LOG.info("nothing is left of the broker before this one: {}", e.getMessage());
    }
    return null;
  }

  /**
   * Before the state is used, because that may end this broker, too. Returns false if it is not.
   */
  private boolean noteCrash(KeptMemory memory) throws IOException {
    CrashTimes crashes = new CrashTimes(memory);
    int count = crashes.note(System.nanoTime());
    if (count < CrashTimes.MAX) {
      if (kept != null) {
        new CrashTimes(kept.memory()).inherit(crashes);
      }
      return true;
    }
    // This may have ended the broker before this one.
    String copy =
        count == CrashTimes.MAX ? SetAside.copy(memory, file) : "its state could not be copied";
    LOG.error(
        "brokers have crashed {} times with the same sockets, so this one starts without them; {}",
        count,
        copy);
    memory.close();
    endFormer();
    Files.deleteIfExists(file);
    return false;
  }

  /** Finds the holder of a living broker that this one replaces. */
  void findFormer() {
    try {
      String[] words = Files.readString(file).strip().split(" ");
      former = HeldFiles.of(Integer.parseInt(words[0]), Long.parseLong(words[1]));
    } catch (IOException | RuntimeException e) {
      LOG.debug("the former broker has no holder: {}", e.getMessage());
    }
  }

  /** Likewise, after this broker has taken over from a living one. */
  void replace(Conductor conductor, ScheduledExecutorService loop) {
    findFormer();
    publish(conductor, loop);
  }

  /**
   * Keeps everything from now on, and ends the holder of the former broker. Loop thread.
   *
   * @param conductor whose state is written first
   * @param loop its thread
   */
  void publish(Conductor conductor, ScheduledExecutorService loop) {
    if (kept != null) {
      conductor.changes().commit();
      start(conductor);
      loop.scheduleWithFixedDelay(
          () -> replaceLost(conductor), CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
    }
    endFormer();
  }

  /** Starts another holder if somebody has killed it. */
  private synchronized void replaceLost(Conductor conductor) {
    if (!over && holder != null && !holder.isAlive()) {
      LOG.warn("the holder {} was killed; this broker starts another one", holder.pid());
      start(conductor);
    }
  }

  private synchronized void start(Conductor conductor) {
    try {
      kept.memory().own();
      holder = Holder.start(GRACE);
      Path next = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(next);
      Files.createFile(
          next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          next, "%d %d %d\n".formatted(holder.pid(), holder.startTicks(), kept.memory().fd()));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      conductor.recoveries().heldBy(holder.pid());
      LOG.info("if the broker is killed, its sockets are kept (holder {})", holder.pid());
    } catch (IOException e) {
      LOG.warn("if the broker is killed, its sockets close: {}", e.getMessage());
      conductor.recoveries().heldBy(0);
      end();
    }
  }

  private void endFormer() {
    if (former == null) {
      return;
    }
    try {
      former.end();
    } catch (IOException e) {
      LOG.error("the sockets of the former broker do not close: {}", e.getMessage());
    }
    former.close();
    former = null;
  }

  /** Keeps nothing from now on, because the broker ends in order. Any thread. */
  synchronized void end() {
    over = true;
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("{} was not removed: {}", file, e.getMessage());
    }
    if (holder != null) {
      holder.end();
    }
  }
}
