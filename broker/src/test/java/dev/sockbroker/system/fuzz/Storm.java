package dev.sockbroker.system.fuzz;

import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All actors together, and what they share. */
final class Storm implements AutoCloseable {
  /**
   * The group that may connect when other users are among the actors. No user has it as its own
   * group.
   */
  static final int GROUP = 65_534;

  private static final int ACTORS = 10;
  private static final Pattern SESSION = Pattern.compile("\"session\":(\\d+)");

  private final Path socket;
  private final long seed;
  private final boolean severalUsers;
  private final Shared shared = new Shared();
  private final Options options = new Options();
  private final Addresses addresses;
  private final Peers peers;
  private final Path script;
  private final List<Journal> journals = new ArrayList<>();
  private final Map<Class<? extends Request>, Integer> sent = new HashMap<>();
  private final Set<String> endedByAdministrators = new HashSet<>();

  /**
   * @param directory for the actors' paths; all users may write there
   */
  Storm(Path directory, Path socket, long seed, boolean severalUsers) throws IOException {
    this.socket = socket;
    this.seed = seed;
    this.severalUsers = severalUsers;
    Path open = Files.createDirectory(directory.resolve("u"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    addresses = new Addresses(directory, socket);
    peers = new Peers(addresses, seed);
    script = Body.script(directory);
  }

  /** Runs all actors until the end. Returns when all have ended. */
  void rage(End end) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int actor = 0; actor < ACTORS; actor++) {
      Journal journal = new Journal(actor);
      journals.add(journal);
      int number = actor;
      threads.add(Thread.ofPlatform().start(() -> act(number, journal, end)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** One life after another. */
  private void act(int actor, Journal journal, End end) {
    int uid = severalUsers && actor % 3 == 2 ? GROUP - actor : -1;
    try {
      for (int life = 0; !end.isReached(); life++) {
        journal.begins(life);
        new Life(this, journal, new Dice(seed, actor, life), uid).live(end);
      }
    } catch (IOException e) {
      journal.wrong("it could not go on: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Shared shared() {
    return shared;
  }

  Addresses addresses() {
    return addresses;
  }

  Options options() {
    return options;
  }

  Peers peers() {
    return peers;
  }

  Path script() {
    return script;
  }

  Path socket() {
    return socket;
  }

  synchronized void sent(Shot shot) {
    if (shot.type() == null) {
      return;
    }
    sent.merge(shot.type(), 1, Integer::sum);
    if (shot.type().getSimpleName().equals("EndSession")) {
      Matcher session =
          SESSION.matcher(new String(shot.json(), java.nio.charset.StandardCharsets.UTF_8));
      while (session.find()) {
        endedByAdministrators.add(session.group(1));
      }
    }
  }

  synchronized boolean isEndedByAdministrator(long session) {
    return endedByAdministrators.contains("" + session);
  }

  synchronized Map<Class<? extends Request>, Integer> sent() {
    return Map.copyOf(sent);
  }

  /** The wrong answers. */
  List<String> wrong() {
    return journals.stream().flatMap(it -> it.wrong().stream()).toList();
  }

  /** Writes the last actions of each actor, for the analysis of a failure. */
  void write(Path to) throws IOException {
    for (Journal journal : journals) {
      journal.write(to);
    }
  }

  @Override
  public void close() throws IOException {
    peers.close();
  }
}
