package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One user takes everything it can get, and the others still get their share (rule 20). */
class SharesTest {
  private SharedBroker shared;

  @BeforeEach
  void start() throws IOException {
    shared = SharedBroker.start("--limit=sessions=16", "--limit=sockets=32", "--limit=tokens=8");
  }

  @AfterEach
  void stop() throws IOException {
    if (shared != null) {
      shared.close();
    }
  }

  private static Request tcp() {
    return Request.Open.of(Family.INET, SocketType.STREAM);
  }

  private static long open(WireClient client) throws IOException {
    return client.ask(Reply.Opened.class, tcp()).descriptor();
  }

  @Test
  void shouldLeaveSocketsToOthersAndSayWhoHasThem() throws IOException {
    try (WireClient mallory = shared.session(User.MALLORY);
        WireClient other = shared.session(User.MALLORY);
        WireClient alice = shared.session(User.ALICE);
        WireClient root = shared.rootSession(false)) {
      for (int i = 0; i < 16; i++) {
        open(i < 10 ? mallory : other);
      }
      Reply.Error refused = other.refused(Errno.EDQUOT, tcp());
      mallory.refused(Errno.EDQUOT, tcp());

      assertThat(refused.message())
          .contains("uid %d uses 16 of 16 sockets".formatted(User.MALLORY.uid()))
          .contains("(pid %d): 10".formatted(mallory.welcome().pid()))
          .contains("--limit user-sockets=");
      assertThat(shared.broker().log())
          .as("one line a minute")
          .filteredOn(line -> line.contains("limit user-sockets is reached"))
          .singleElement()
          .asString()
          .contains("uid " + User.MALLORY.uid());
      for (int i = 0; i < 14; i++) {
        open(alice);
      }
      alice.refused(Errno.ENFILE, tcp());
      open(root);
    }
  }

  @Test
  void shouldLeaveTokensToOthersHoweverManySessionsMakeThem() throws IOException {
    try (WireClient alice = shared.session(User.ALICE)) {
      long target = alice.welcome().session();
      for (int i = 0; i < 4; i++) {
        try (WireClient mallory = shared.session(User.MALLORY)) {
          mallory.ask(Reply.Duplicated.class, token(open(mallory), target));
        }
      }
      try (WireClient mallory = shared.session(User.MALLORY)) {
        mallory.refused(Errno.EDQUOT, token(open(mallory), target));
      }
      alice.ask(Reply.Duplicated.class, token(open(alice), target));
    }
  }

  private static Request token(long descriptor, long session) {
    return Request.Duplicate.toSession(descriptor, session);
  }

  @Test
  void shouldKeepNobodyOutByConnectionsThatAreSilent() throws IOException {
    List<WireClient> silent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      silent.add(shared.connect(User.MALLORY));
    }

    try (WireClient alice = shared.session(User.ALICE);
        WireClient root = shared.rootSession(true)) {
      assertThat(alice.welcome()).isNotNull();
      assertThat(root.welcome().administrator()).isTrue();
    }
    for (WireClient it : silent) {
      it.close();
    }
  }

  @Test
  void shouldLeaveSessionsToOthers() throws IOException {
    List<WireClient> many = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      many.add(shared.session(User.MALLORY));
    }
    try (WireClient tooMany = shared.connect(User.MALLORY);
        WireClient alice = shared.session(User.ALICE)) {
      WireClient.assertRefused(Errno.EDQUOT, null, tooMany.hello());
      tooMany.assertEnds();
      assertThat(alice.welcome()).isNotNull();
    }
    for (WireClient it : many) {
      it.close();
    }
  }
}
