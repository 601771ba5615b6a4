package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Scenario SH-16: many processes compete for the registration. */
class RaceTest {
  private static final int PROCESSES = 8;

  @Scenario(
      id = "SH-16",
      rules = {26, 28, 30, 31},
      registers = false,
      on = On.ONCE,
      steps =
          "8 processes re-register one socket in a loop for 10 s while the peer sends and the"
              + " current registrant reads",
      expected =
          "no message bears an old number after its \"replaced\"; no byte lost or read twice; at"
              + " the end one registration")
  void sh16ShouldHaveOneRegistrantAtATime(Scene scene) throws InterruptedException {
    Pair pair = scene.pair();
    Set<Long> numbers = ConcurrentHashMap.newKeySet();
    List<Contender> contenders = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      Holder holder = pair.held().share(scene.actor("process " + i));
      contenders.add(new Contender(holder, i % 2 == 0, numbers));
    }
    pair.held().close();
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    CountingSender sender = new CountingSender(pair.peer(), end);
    sender.start();
    contenders.forEach(contender -> contender.startUntil(end));
    for (Contender contender : contenders) {
      contender.join();
    }
    sender.joinWhile(contenders.getFirst());

    Contender last = contenders.getFirst();
    last.readTheRest();
    contenders.forEach(contender -> assertThat(contender.complaints()).isEmpty());
    assertThat(sender.sent().total()).isPositive();
    assertThat(sum(contenders)).as("each byte was read once").isEqualTo(sender.sent());
    Reply.Shown shown =
        (Reply.Shown) last.session().ask(new Request.Show("s" + last.socket())).reply();
    assertThat(shown.registration().number())
        .as("registrations are numbered one by one")
        .isEqualTo(numbers.size());
    contenders.forEach(Contender::end);
    scene.ignoreSignals();
  }

  private static Histogram sum(List<Contender> contenders) {
    Histogram all = new Histogram();
    contenders.forEach(contender -> all.add(contender.received()));
    return all;
  }
}
