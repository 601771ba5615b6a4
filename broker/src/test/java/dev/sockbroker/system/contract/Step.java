package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * One step of a scenario with its expected answer and reports. Any other error or event fails the
 * scenario.
 */
final class Step {
  private final Scene scene;
  private final Actor actor;
  private final String what;
  private final WireSession.Answer answer;
  private boolean expected;

  /**
   * @param answer null for a step without an answer
   */
  Step(Scene scene, Actor actor, String what, WireSession.Answer answer) {
    this.scene = scene;
    this.actor = actor;
    this.what = what;
    this.answer = answer;
    expected = !(reply() instanceof Reply.Error);
  }

  private Reply reply() {
    return answer == null ? null : answer.reply();
  }

  /** The events of this step in the contract's form: {@code CONNECT(0), WRITE}. */
  Step then(String events) {
    checkAnswer();
    scene.expect(what, events);
    return this;
  }

  /** Nothing happens within 200 ms. */
  Step none() {
    checkAnswer();
    scene.expectNone(what);
    return this;
  }

  /** A receive returns these bytes; an empty text is the end of the stream. */
  Step gives(String bytes) {
    assertThat(words()).as(what).isEqualTo("\"" + bytes + "\"");
    return this;
  }

  /** An enumeration returns these events. */
  Step records(String events) {
    String record =
        as(Reply.NetworkEvents.class).events().stream()
            .map(it -> Scene.words(it.event(), it.error()))
            .collect(Collectors.joining(", "));
    assertThat(record).as(what).isEqualTo(events);
    return this;
  }

  /** An option has this value. */
  Step is(Object value) {
    Object read = as(Reply.Option.class).value();
    assertThat(value instanceof Integer && read instanceof Number it ? it.intValue() : read)
        .as(what)
        .isEqualTo(value);
    return this;
  }

  Step fails(int errno) {
    expected = true;
    assertThat(words()).as(what).isEqualTo(Errno.name(errno));
    return this;
  }

  /** A connect has started: it is in progress or already done. */
  Step begins() {
    if (reply() instanceof Reply.Error it && it.errno() == Errno.EINPROGRESS) {
      expected = true;
    }
    checkAnswer();
    return this;
  }

  /** A connect without a listener: it is refused now or later. */
  Step isRefused() {
    if (reply() instanceof Reply.Error it && it.errno() == Errno.ECONNREFUSED) {
      expected = true;
      return this;
    }
    return fails(Errno.EINPROGRESS);
  }

  /** A send to a closed peer: TCP takes the bytes, but a Unix socket fails immediately. */
  Step takesOrFails() {
    return scene.isUnix() ? fails(Errno.EPIPE) : this;
  }

  /** Fails with an ETIMEDOUT that is marked as the operation's own. */
  Step timesOut() {
    expected = true;
    assertThat(words()).as(what).isEqualTo("ETIMEDOUT of its own time");
    return this;
  }

  /** The descriptor in the answer, under this name from now on. */
  Holder holder(String label) {
    return scene.holder(actor, label, as(Reply.Opened.class));
  }

  <T extends Reply> T as(Class<T> type) {
    checkAnswer();
    assertThat(reply()).as(what).isInstanceOf(type);
    return type.cast(reply());
  }

  byte[] payload() {
    as(Reply.Received.class);
    return answer.payload();
  }

  /** An unexpected error is a failure. */
  void checkAnswer() {
    if (!expected) {
      throw new AssertionError(what + ": " + words() + ", " + ((Reply.Error) reply()).message());
    }
  }

  private String words() {
    return switch (reply()) {
      case null -> "";
      case Reply.Error it when it.timedOut() -> it.error() + " of its own time";
      case Reply.Error it -> it.error();
      case Reply.Received it -> "\"" + new String(answer.payload(), StandardCharsets.UTF_8) + "\"";
      case Reply it -> it.toString();
    };
  }
}
