package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.SocketType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The configuration is read again, with many rules, while clients work (rule 77): each request
 * meets either all of the old policy or all of the new one.
 */
class ReloadLoadTest {
  private static final int RELOADS = 24;
  private static final int CLIENTS = 4;
  private static final int OTHER_RULES = 1_000;

  /** Which addresses a policy allows. */
  private enum Host {
    ALWAYS("127.0.0.1"),
    SOMETIMES("127.0.0.2"),
    NEVER("127.0.0.3");

    private final String text;

    Host(String text) {
      this.text = text;
    }
  }

  private final AtomicBoolean over = new AtomicBoolean();
  private SharedBroker shared;

  @BeforeEach
  void start() throws IOException {
    shared = SharedBroker.startWith(policy(true));
  }

  @AfterEach
  void stop() throws IOException {
    shared.close();
  }

  /** The rule for {@code ALWAYS} moves, so that a mixture of two policies would refuse it. */
  private static String policy(boolean sometimes) {
    List<String> rules =
        IntStream.rangeClosed(1, OTHER_RULES)
            .mapToObj(it -> rule("10.0.0.0/8:" + it))
            .collect(Collectors.toCollection(ArrayList::new));
    rules.add(sometimes ? 0 : rules.size(), rule("127.0.0.1:1024-65535"));
    if (sometimes) {
      rules.add(rule("127.0.0.2:1024-65535"));
    }
    return String.join("", rules);
  }

  private static String rule(String listen) {
    return "[[rule]]\nuser = [\"%d\"]\nlisten = [\"tcp:%s\"]\n".formatted(User.ALICE.uid(), listen);
  }

  @Test
  void shouldAnswerEachRequestByOnePolicy() throws Exception {
    try (WireClient administrator = shared.rootSession(true);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Map<Host, List<Integer>>>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        WireClient client = shared.session(User.ALICE);
        clients.add(threads.submit(() -> openUntilOver(client)));
      }
      try {
        for (int i = 1; i <= RELOADS; i++) {
          reload(administrator, i);
        }
      } finally {
        over.set(true);
      }
      for (Future<Map<Host, List<Integer>>> it : clients) {
        Map<Host, List<Integer>> outcomes = it.get();
        assertThat(outcomes.get(Host.ALWAYS)).containsOnly(0);
        assertThat(outcomes.get(Host.NEVER)).containsOnly(Errno.EACCES);
        assertThat(outcomes.get(Host.SOMETIMES)).containsOnly(0, Errno.EACCES);
      }
    }
  }

  /** Each third file is invalid, and changes nothing. */
  private void reload(WireClient administrator, int number) throws IOException {
    boolean valid = number % 3 != 0;
    shared.configure(valid ? policy(number % 2 == 0) : policy(false) + "[[rule]]\nlisten = 7\n");
    Reply.Reloaded reloaded = administrator.ask(Reply.Reloaded.class, new Request.Reload(false));
    assertThat(reloaded.errors()).hasSize(valid ? 0 : 1);
  }

  private Map<Host, List<Integer>> openUntilOver(WireClient client) throws IOException {
    Map<Host, List<Integer>> outcomes = new EnumMap<>(Host.class);
    try (client) {
      while (!over.get()) {
        for (Host host : Host.values()) {
          outcomes.computeIfAbsent(host, it -> new ArrayList<>()).add(open(client, host));
        }
      }
    }
    return outcomes;
  }

  /** Returns the errno, or 0. */
  private static int open(WireClient client, Host host) throws IOException {
    Reply reply =
        client.ask(
            Request.Open.of(Family.INET, SocketType.STREAM)
                .boundTo(Address.inet(host.text, 0))
                .listening(4));
    if (reply instanceof Reply.Opened opened) {
      client.ask(Reply.Done.class, new Request.Close(opened.descriptor()));
      return 0;
    }
    return ((Reply.Error) reply).errno();
  }
}
