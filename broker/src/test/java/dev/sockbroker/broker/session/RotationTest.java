package dev.sockbroker.broker.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.broker.core.Identity;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RotationTest {
  private final ArrayDeque<Runnable> loop = new ArrayDeque<>();
  private final ArrayDeque<Runnable> afterPass = new ArrayDeque<>();
  private final List<String> handled = new ArrayList<>();
  private int processes;
  private long now;
  private final Rotation rotation = new Rotation(loop::add, afterPass::add, () -> now);

  @Test
  void shouldHandleWhatASessionSendsAtOnceUpToItsTurn() {
    Session crowd = new Session("a", 3 * Rotation.TURN_REQUESTS, 0);

    rotation.onRequests(crowd);

    assertThat(handled).hasSize(Rotation.TURN_REQUESTS);
    assertThat(crowd.behind).isTrue();
  }

  @Test
  void shouldEndATurnWhoseRequestsTakeLong() {
    Session slow = new Session("a", 100, Rotation.TURN_NANOS / 2);

    rotation.onRequests(slow);

    assertThat(handled).hasSize(2);
  }

  @Test
  void shouldGiveOneTurnToEachInAPass() {
    Session first = new Session("a", 3 * Rotation.TURN_REQUESTS, 0);
    Session second = new Session("b", 3 * Rotation.TURN_REQUESTS, 0);
    rotation.onRequests(first);
    rotation.onRequests(second);
    handled.clear();

    pass();

    assertThat(handled).hasSize(2 * Rotation.TURN_REQUESTS);
    assertThat(handled.subList(0, Rotation.TURN_REQUESTS)).containsOnly("a");
    assertThat(handled.subList(Rotation.TURN_REQUESTS, handled.size())).containsOnly("b");
  }

  @Test
  void shouldServeASessionThatComesBeforeThoseWithMore() {
    List<Session> crowd = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      crowd.add(new Session("crowd", 1000, Rotation.TURN_NANOS));
      rotation.onRequests(crowd.getLast());
    }
    Session witness = new Session("witness", 1, 0);
    rotation.onRequests(witness);
    handled.clear();

    for (int passes = 0; passes < 30 && !handled.contains("witness"); passes++) {
      pass();
    }

    assertThat(handled).contains("witness");
    // The earlier sessions come first, in order, for half of each pass.
    assertThat(handled.indexOf("witness")).isLessThanOrEqualTo(250);
  }

  @Test
  void shouldEndAPassThatTakesLong() {
    for (int i = 0; i < 100; i++) {
      rotation.onRequests(new Session("a", 1000, Rotation.TURN_NANOS));
    }
    handled.clear();

    pass();

    assertThat(handled).hasSizeLessThanOrEqualTo((int) (Rotation.PASS_NANOS / Rotation.TURN_NANOS));
  }

  /** Such bytes are copied to their frame. */
  @Test
  void shouldCountTheTimeForBytesThatCompleteNoRequest() {
    for (int i = 0; i < 10; i++) {
      Session pieces = new Session("pieces", 0, 0);
      pieces.copyNanos = Rotation.PASS_NANOS / 2;
      rotation.onRequests(pieces);
    }
    Session late = new Session("late", 1, 0);

    rotation.onRequests(late);

    assertThat(late.behind).isTrue();
    while (!afterPass.isEmpty()) {
      pass();
    }
    assertThat(handled).containsExactly("late");
  }

  @Test
  void shouldGiveAProcessWithManySessionsNoMoreTurns() {
    Identity process = new Identity(++processes, 0);
    for (int i = 0; i < 300; i++) {
      rotation.onRequests(new Session(process, "crowd", 1, 20 * Rotation.PASS_NANOS));
    }
    rotation.onRequests(new Session("witness", 1, 0));
    handled.clear();

    pass();
    pass();

    assertThat(handled).contains("witness");
  }

  @Test
  void shouldServeAllToTheEndAndThenRest() {
    Session first = new Session("a", 5000, 1000);
    Session second = new Session("b", 3000, 1000);
    rotation.onRequests(first);
    rotation.onRequests(second);

    while (!afterPass.isEmpty()) {
      pass();
    }

    assertThat(handled).hasSize(8000);
    assertThat(first.behind).isFalse();
    assertThat(second.behind).isFalse();
  }

  @Test
  void shouldServeTheOthersWhenOneFails() {
    Session failing = new Session("a", 3 * Rotation.TURN_REQUESTS, 0);
    Session other = new Session("b", 3 * Rotation.TURN_REQUESTS, 0);
    rotation.onRequests(failing);
    rotation.onRequests(other);
    failing.fails = true;

    while (!afterPass.isEmpty()) {
      pass();
    }

    assertThat(handled).filteredOn("b"::equals).hasSize(3 * Rotation.TURN_REQUESTS);
  }

  /** Runs the actions at the end of a pass, and those that they deferred to the next pass. */
  private void pass() {
    List<Runnable> later = new ArrayList<>(afterPass);
    afterPass.clear();
    later.forEach(Runnable::run);
    while (!loop.isEmpty()) {
      try {
        loop.poll().run();
      } catch (IllegalStateException e) {
        // the loop does the same and logs it
      }
    }
  }

  private final class Session implements Rotation.Requests {
    private final Identity process;
    private final String name;
    private final long nanos;
    private int left;
    private boolean behind;
    private boolean fails;
    private long copyNanos;

    Session(String name, int requests, long nanos) {
      this(new Identity(++processes, 0), name, requests, nanos);
    }

    Session(Identity process, String name, int requests, long nanos) {
      this.process = process;
      this.name = name;
      left = requests;
      this.nanos = nanos;
    }

    @Override
    public Identity process() {
      return process;
    }

    @Override
    public boolean handleNext() {
      if (fails) {
        throw new IllegalStateException("a defect");
      } else if (left == 0) {
        now += copyNanos;
        return false;
      }
      left--;
      now += nanos;
      handled.add(name);
      return true;
    }

    @Override
    public void onTurnEnd(boolean more) {
      behind = more;
    }
  }
}
