package dev.sockbroker.system;

import static dev.sockbroker.protocol.Errno.EPERM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One broker, several users: who may connect, and as what. */
class UsersTest {
  private static SharedBroker shared;

  @BeforeAll
  static void start() throws Exception {
    shared = SharedBroker.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (shared != null) {
      shared.close();
    }
  }

  @Test
  void shouldSeeClientsAsTheUsersThatTheyAre() throws Exception {
    try (WireClient alice = shared.session(User.ALICE);
        WireClient mallory = shared.session(User.MALLORY)) {
      assertThat(alice.welcome().uid()).isEqualTo(User.ALICE.uid());
      assertThat(mallory.welcome().uid()).isEqualTo(User.MALLORY.uid());
      assertThat(mallory.welcome().pid()).isEqualTo((int) shared.process(User.MALLORY).pid());
    }
  }

  @Test
  void shouldMakeAdministratorsOfRootAndItsOwnUserOnly() throws Exception {
    try (WireClient root = shared.rootSession(true);
        WireClient own = shared.process(User.BROKER).connect();
        WireClient mallory = shared.process(User.MALLORY).connect()) {
      assertThat(root.welcome().administrator()).isTrue();
      assertThat(((Reply.Welcome) own.hello(true)).administrator()).isTrue();
      assertThat(((Reply.Error) mallory.hello(true)).errno()).isEqualTo(EPERM);
    }
  }

  @Test
  void shouldKeepOutWhoIsNotInItsGroup() throws Exception {
    Command.Result ping = shared.command(User.STRANGER).run("ping", "-c", "1");
    assertThat(ping.exitCode()).isNotZero();
    assertThat(shared.command(User.ALICE).run("ping", "-c", "1").exitCode()).isZero();
  }
}
