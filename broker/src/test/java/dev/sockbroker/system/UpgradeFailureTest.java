package dev.sockbroker.system;

import static java.util.concurrent.CompletableFuture.supplyAsync;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.broker.state.StateFormat;
import dev.sockbroker.system.StepAgent.Action;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever goes wrong with an upgrade, one broker serves everything: the old one until the new one
 * owns the state, then the new one (rules 56, 61, 62).
 */
@Timeout(600)
class UpgradeFailureTest {
  /** Enough for a busy machine; the fault decides, not the time. */
  private static final String PATIENT = "--timeout=10s";

  private static final String BRIEF = "--timeout=300ms";

  private static final String CONNECTS = "TakeOver.fromEnvironment";
  private static final String OFFERS = "TakeOver.receive";
  private static final String RECEIVES = "StateTransfer.receive";
  private static final String RESTORES = "Continuation.restore";
  private static final String COMMITS = "TakeOver.commit";
  private static final String SERVES = "Continuation.serve";
  private static final String FREEZES = "Freeze.save";
  private static final String SENDS = "StateTransfer.send";

  @TempDir private Path directory;

  private Path java;
  private Path jar;
  private BrokerProcess broker;
  private UpgradeWitness witness;
  private long old;

  @BeforeEach
  void start() throws IOException {
    java = Files.createSymbolicLink(directory.resolve("java"), BrokerProcess.JAVA);
    jar = Files.copy(BrokerProcess.JAR, directory.resolve("sockbroker.jar"));
    String agent =
        StepAgent.option(
            directory,
            "upgrade." + CONNECTS,
            "upgrade." + OFFERS,
            "upgrade." + RECEIVES,
            "upgrade." + COMMITS,
            "upgrade." + SENDS,
            RESTORES,
            SERVES,
            FREEZES);
    broker = BrokerProcess.startBy(List.of(java.toString(), agent), jar, "--keep=none");
    witness = new UpgradeWitness(broker.socket());
    old = broker.pid();
  }

  @AfterEach
  void stop() throws IOException {
    StepAgent.letGo(directory);
    witness.close();
    broker.close();
    Files.deleteIfExists(java);
  }

  private static String step(String when, String method) {
    boolean ofUpgrade = method.startsWith("TakeOver") || method.startsWith("StateTransfer");
    return when + " " + (ofUpgrade ? "upgrade." : "") + method;
  }

  private Command.Result upgrade(String... options) throws Exception {
    List<String> line = new ArrayList<>(List.of("upgrade"));
    line.addAll(List.of(options));
    return Command.to(broker.socket()).within(180).run(line.toArray(String[]::new));
  }

  private CompletableFuture<Command.Result> upgradeAsync(String... options) {
    return supplyAsync(
        () -> {
          try {
            return upgrade(options);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        },
        Command.ON_OWN_THREADS);
  }

  /** An upgrade that must fail with this reason, after which the old broker serves everything. */
  private void assertFails(String as, String reason, String... options) throws Exception {
    Command.Result result = upgrade(options);
    assertThat(result.exitCode()).as("%s: %s", as, result).isEqualTo(1);
    assertThat(result.err()).as(as).contains("ECANCELED", reason);
    assertThat(broker.pid()).as(as).isEqualTo(old);
    witness.assertServedBy(old);
    assertThat(ProcessHandle.of(old).orElseThrow().children()).as("left behind: " + as).isEmpty();
  }

  /** An upgrade that must succeed, after which the new broker serves everything. */
  private void assertSucceeds(Command.Result result) throws IOException {
    assertThat(result.exitCode()).as("%s; log: %s", result, broker.log()).isZero();
    awaitSuccessor();
  }

  private void awaitSuccessor() throws IOException {
    ProcessHandle.of(old).ifPresent(it -> it.onExit().orTimeout(30, SECONDS).join());
    assertThat(broker.pid()).isNotEqualTo(old);
    old = broker.pid();
    witness.assertServedBy(old);
  }

  private void failsAt(Action action, String step, String reason) throws Exception {
    StepAgent.planForNew(directory, old, action, step);
    assertFails(action + " " + step, reason, PATIENT);
    assertThat(StepAgent.reached(directory, "new")).exists();
    StepAgent.letGo(directory);
  }

  // ---- the new broker fails

  @Test
  void shouldContinueIfTheNewOneIsKilled() throws Exception {
    failsAt(Action.KILL, step("enter", CONNECTS), "exit code 137 when it started");
    failsAt(Action.KILL, step("leave", CONNECTS), "ended when it started");
    failsAt(Action.KILL, step("enter", OFFERS), "ended when it started");
    failsAt(Action.KILL, step("enter", RECEIVES), "ended before it had taken over");
    failsAt(Action.KILL, step("leave", RECEIVES), "ended before it had taken over");
    failsAt(Action.KILL, step("leave", RESTORES), "ended before it had taken over");
    failsAt(Action.KILL, step("enter", COMMITS), "ended before it had taken over");
    assertSucceeds(upgrade(PATIENT));
  }

  @Test
  void shouldContinueIfTheNewOneThrows() throws Exception {
    failsAt(Action.THROW, step("enter", CONNECTS), "exit code 1 when it started");
    failsAt(Action.THROW, step("enter", RECEIVES), "injected");
    failsAt(Action.ERROR, step("enter", RECEIVES), "injected");
    failsAt(Action.THROW, step("leave", RESTORES), "injected");
    failsAt(Action.ERROR, step("enter", RESTORES), "injected");
    assertSucceeds(upgrade(PATIENT));
  }

  @Test
  void shouldContinueIfTheNewOneHangs() throws Exception {
    StepAgent.planForNew(directory, old, Action.WAIT, step("enter", COMMITS));
    assertFails("hangs", "did not take over within 300 ms; the running one continues", BRIEF);

    StepAgent.planForNew(directory, old, Action.WAIT, step("leave", RECEIVES));
    CompletableFuture<Command.Result> upgrade = upgradeAsync("--timeout=1s");
    Program.run(List.of("kill", "-STOP", "" + awaitReached("new"))).orFail();
    assertThat(upgrade.get(180, SECONDS).err()).contains("did not take over within 1000 ms");
    StepAgent.letGo(directory);
    witness.assertServedBy(old);
    assertSucceeds(upgrade(PATIENT));
  }

  /** Takes a minute, because a busy machine may need that long to start the new broker. */
  @Test
  void shouldContinueIfTheNewOneHangsAtItsStart() throws Exception {
    failsAt(Action.WAIT, step("enter", CONNECTS), "did not start in time");
  }

  private long awaitReached(String side) throws IOException {
    Path reached = StepAgent.reached(directory, side);
    await().atMost(Duration.ofSeconds(120)).until(() -> Files.exists(reached));
    return Long.parseLong(Files.readString(reached));
  }

  // ---- the new broker cannot be started, or cannot take over

  @Test
  void shouldSayWhyTheNewOneDidNotStart() throws Exception {
    run("exit 3");
    assertFails("exits", "exit code 3 when it started", PATIENT);
    Files.delete(java);
    assertFails("no program", "No such file", PATIENT);
    runJava("ulimit -n 40", "");
    assertFails("too few files to start", "open files", PATIENT);
    runJava("ulimit -n 400", "");
    assertFails("few files", "of the new broker is", PATIENT);
    runJava("", "-Xmx40m");
    assertFails("little heap", "of the new broker is", PATIENT);
    runJava("ulimit -v 400000", "");
    assertFails("no memory", "exit code 1 when it started", PATIENT);
    runJava("", "");
    put(jar, "no jar");
    assertFails("a broken jar", "exit code 1 when it started", PATIENT);
    Files.delete(jar);
    assertFails("no jar", "exit code 1 when it started", PATIENT);
    Files.copy(BrokerProcess.JAR, jar);
    assertSucceeds(upgrade(PATIENT));
  }

  @Test
  void shouldRefuseWhoCannotTakeOver() throws Exception {
    fake("stranger");
    assertFails("another process connects", "exit code 5 when it started", PATIENT);
    fake("ends");
    assertFails("ends", "ended when it started", PATIENT);
    fake("garbage");
    assertFails("garbage", "hello", PATIENT);
    fake("refuses");
    assertFails("refuses", "it is Tuesday", PATIENT);
    fake("older");
    assertFails("an older state", "has version " + StateFormat.VERSION + ", and", PATIENT);
    fake("newer");
    assertFails("a newer state", "reads versions 99 to 99", PATIENT);
    fake("files");
    assertFails("few files", "may have 20 open files", PATIENT);
    fake("limit");
    assertFails("a lower limit", "the limit sockets of the new broker is 1", PATIENT);
    fake("dies");
    assertFails("ends with the state", "ended before it had taken over", PATIENT);
    fake("silent");
    assertFails("is silent", "did not take over within 300 ms", BRIEF);
    fake("cannot");
    assertFails("refuses the state", "it cannot read it", PATIENT);
    fake("lies");
    assertFails("lies", "owned", PATIENT);
    runJava("", "");
    assertSucceeds(upgrade(PATIENT));
  }

  private void fake(String mode) throws IOException {
    Path program = directory.resolve("fake-broker.py");
    if (!Files.exists(program)) {
      Needs.programs("python3");
      try (InputStream source = getClass().getResourceAsStream("fake-broker.py")) {
        Files.copy(source, program);
      }
    }
    run("exec python3 " + program + " " + mode);
  }

  private void runJava(String before, String options) throws IOException {
    run(before + "\nexec " + BrokerProcess.JAVA + " " + options + " \"$@\"");
  }

  /** Replaces the program that runs a new broker. */
  private void run(String script) throws IOException {
    put(java, "#!/bin/sh\n" + script + "\n");
  }

  private void put(Path file, String content) throws IOException {
    Path draft = Files.writeString(file.resolveSibling("draft.new"), content);
    assertThat(draft.toFile().setExecutable(true)).isTrue();
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }

  // ---- the old broker fails

  @Test
  void shouldContinueIfItCannotHandOver() throws Exception {
    for (Action action : List.of(Action.THROW, Action.ERROR)) {
      StepAgent.plan(directory, old, "old " + action + " " + step("enter", FREEZES));
      assertFails(action + " when it freezes", "injected", PATIENT);
      // The new one has everything, and only the time of its commit is not known.
      StepAgent.plan(
          directory,
          old,
          "old " + action + " " + step("leave", SENDS),
          "new WAIT " + step("enter", COMMITS));
      assertFails(action + " when it has sent", "injected", PATIENT);
    }
    StepAgent.letGo(directory);
    assertSucceeds(upgrade(PATIENT));
  }

  @Test
  void shouldServeIfTheOldOneIsKilledOrHangs() throws Exception {
    // killed when the new one has everything
    StepAgent.plan(
        directory, old, "old WAIT " + step("leave", SENDS), "new WAIT " + step("enter", COMMITS));
    CompletableFuture<Command.Result> upgrade = upgradeAsync(PATIENT);
    awaitReached("old");
    awaitReached("new");
    kill(old);
    StepAgent.letGo(directory);
    assertSucceeds(upgrade.get(180, SECONDS));

    // killed when it has sent everything, and the new one has received nothing
    StepAgent.plan(
        directory, old, "old WAIT " + step("leave", SENDS), "new WAIT " + step("enter", RECEIVES));
    upgrade = upgradeAsync(PATIENT);
    awaitReached("old");
    awaitReached("new");
    kill(old);
    StepAgent.letGo(directory);
    assertSucceeds(upgrade.get(180, SECONDS));

    // stopped until the new one serves, and longer than the time given
    StepAgent.plan(directory, old, "old WAIT " + step("leave", SENDS));
    assertThat(upgrade("--timeout=1s").exitCode()).isZero();
    assertThat(ProcessHandle.of(old)).isPresent();
    long next = broker.successorPid();
    witness.assertServedBy(next);
    StepAgent.letGo(directory);
    awaitSuccessor();
    assertThat(old).isEqualTo(next);
  }

  @Test
  void shouldEndWithTheOldOneIfThatHasSentNothing() throws Exception {
    StepAgent.plan(directory, old, "old WAIT " + step("leave", FREEZES));
    CompletableFuture<Command.Result> upgrade = upgradeAsync(PATIENT);
    awaitReached("old");
    ProcessHandle next = ProcessHandle.of(old).orElseThrow().children().findFirst().orElseThrow();
    kill(old);
    assertThat(upgrade.get(180, SECONDS).exitCode()).isNotZero();
    witness.assertEnded();
    next.onExit().get(30, SECONDS);
    restart();
  }

  @Test
  void shouldEndIfTheNewOneIsKilledWhenItIsTheOwner() throws Exception {
    StepAgent.planForNew(directory, old, Action.KILL, step("enter", SERVES));
    assertThat(upgrade(PATIENT).exitCode()).isNotZero();
    witness.assertEnded();
    assertThat(broker.process().waitFor(30, SECONDS)).isTrue();
    restart();
  }

  /** Nothing that is left behind prevents the start of another broker. */
  private void restart() throws IOException {
    StepAgent.letGo(directory);
    witness.close();
    try (BrokerProcess again = BrokerProcess.startAt(broker.directory());
        UpgradeWitness other = new UpgradeWitness(again.socket())) {
      other.assertServedBy(again.pid());
    }
    Files.createDirectories(broker.directory());
  }

  private static void kill(long pid) throws Exception {
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    process.destroyForcibly();
    process.onExit().get(30, SECONDS);
  }

  // ---- one at a time

  @Test
  void shouldUpgradeOnceAtATimeAndAgain() throws Exception {
    StepAgent.planForNew(directory, old, Action.WAIT, step("enter", CONNECTS));
    CompletableFuture<Command.Result> first = upgradeAsync(PATIENT);
    awaitReached("new");
    Command.Result second = upgrade(PATIENT);
    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(second.err()).contains("EALREADY");
    witness.assertServedBy(old);
    StepAgent.letGo(directory);
    assertSucceeds(first.get(180, SECONDS));
    assertSucceeds(upgrade(PATIENT));
  }
}
