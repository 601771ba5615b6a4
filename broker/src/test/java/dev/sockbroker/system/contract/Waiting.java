package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;

/** An operation that may wait: it has begun, and its answer comes some time. */
final class Waiting {
  private final Actor actor;
  private final String what;
  private final CompletableFuture<WireSession.Answer> answer;

  Waiting(Actor actor, String what, CompletableFuture<WireSession.Answer> answer) {
    this.actor = actor;
    this.what = what;
    this.answer = answer;
  }

  /** Its end, awaited: part of the step before, whose events come after. */
  Step ends() {
    return actor.scene().partOfStep(actor, what, WireSession.await(answer));
  }

  boolean hasEnded() {
    return answer.isDone();
  }

  void stillWaits() {
    assertThat(answer).as(what + " goes on waiting").isNotDone();
  }
}
