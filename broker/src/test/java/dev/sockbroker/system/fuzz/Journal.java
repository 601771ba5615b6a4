package dev.sockbroker.system.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The last actions of an actor, and the wrong answers. */
final class Journal {
  private static final int MOST = 5000;

  private final int actor;
  private final Deque<String> last = new ArrayDeque<>();
  private final List<String> wrong = new ArrayList<>();
  private int life;

  Journal(int actor) {
    this.actor = actor;
  }

  synchronized void begins(int number) {
    life = number;
    note("life " + number);
  }

  synchronized void sent(Shot shot) {
    note(shot.toString());
  }

  synchronized void wrong(String what) {
    note("WRONG: " + what);
    wrong.add("actor " + actor + ", life " + life + ": " + what);
  }

  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  private void note(String line) {
    last.add(line);
    if (last.size() > MOST) {
      last.remove();
    }
  }

  synchronized void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.write(directory.resolve("actor-" + actor + ".txt"), last);
  }
}
