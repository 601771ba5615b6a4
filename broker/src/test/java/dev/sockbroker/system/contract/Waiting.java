package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Request;
import java.util.concurrent.CompletableFuture;

/** An operation that may wait: it has started, and its answer comes later. */
final class Waiting {
  private final Actor actor;
  private final String what;
  private final long request;
  private final CompletableFuture<WireSession.Answer> answer;

  Waiting(Actor actor, String what, long request, CompletableFuture<WireSession.Answer> answer) {
    this.actor = actor;
    this.what = what;
    this.request = request;
    this.answer = answer;
  }

  /** Cancels it, in its own session. */
  Step cancel() {
    return actor.ask(new Request.Cancel(request));
  }

  /** Waits for its end, which is part of the current step; its events come after. */
  Step ends() {
    return actor.scene().partOfStep(actor, what, WireSession.await(answer));
  }

  /** Like {@link #ends}, of an operation that takes seconds. */
  Step endsWithin(long seconds) {
    return actor.scene().partOfStep(actor, what, WireSession.await(answer, seconds));
  }

  void stillWaits() {
    assertThat(answer).as(what + " goes on waiting").isNotDone();
  }
}
