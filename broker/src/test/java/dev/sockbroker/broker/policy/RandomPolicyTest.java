package dev.sockbroker.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Random rules and actions, compared with {@link ObviousEvaluator}. */
class RandomPolicyTest {
  private static final int POLICIES = 5000;
  private static final int QUESTIONS = 20;

  private static final List<String> PORTS =
      List.of("*", "80", "443", "8000-8099", "1024-65535", "0-1023", "40000", "32768-60999");
  private static final List<String> NETWORKS =
      List.of(
          "*",
          "127.0.0.1",
          "127.0.0.0/8",
          "10.0.0.0/8",
          "10.1.0.0/16",
          "169.254.169.254",
          "0.0.0.0/0",
          "[::1]",
          "[2001:db8::/32]",
          "[::/0]",
          "[fe80::/10]");
  private static final List<String> LISTENING = List.of("0.0.0.0", "[::]");
  private static final List<String> GLOBS = List.of("*", "web", "web-*", "w?b", "db*", "*-1");
  private static final List<String> TITLES = List.of("web", "web-1", "wxb", "db", "cache");

  private final Random random = new Random();

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private List<String> some(List<String> of) {
    return of.stream().filter(_ -> random.nextInt(3) == 0).toList();
  }

  private List<String> maybe(List<String> of) {
    return random.nextBoolean() ? null : some(of);
  }

  private RuleText rule(int number) {
    Map<Key, List<String>> values = new EnumMap<>(Key.class);
    for (Key key : Key.values()) {
      if (random.nextInt(3) == 0) {
        values.put(key, values(key));
      }
    }
    return new RuleText(
        "r" + number,
        "random",
        random.nextInt(4) == 0,
        maybe(List.of("33", "34")),
        maybe(List.of("50", "51", "52")),
        maybe(List.of("web@*.service", "*.slice", "db.service")),
        values);
  }

  private List<String> values(Key key) {
    return switch (key) {
      case LISTEN, BIND -> patterns(concat(NETWORKS, LISTENING));
      case CONNECT -> patterns(NETWORKS);
      case NAMES, ATTACH -> some(GLOBS);
      case OPTIONS -> some(List.of("TCP_*", "SO_KEEPALIVE", "*", "6:*"));
      case RIGHTS -> some(List.of("RECV", "SEND", "EXPORT", "EVENT"));
      case LANES -> some(List.of("frames", "ring", "stream", "fd"));
      case RETAIN -> List.of(one(List.of("10s", "5m", "forever")));
      case SHARE -> List.of(one(List.of("none", "user", "any")));
      case LIST -> List.of(one(List.of("own", "user", "all")));
    };
  }

  private static List<String> concat(List<String> a, List<String> b) {
    return Stream.concat(a.stream(), b.stream()).toList();
  }

  private List<String> patterns(List<String> hosts) {
    List<String> patterns = new ArrayList<>();
    for (String host : some(hosts)) {
      patterns.add(one(List.of("tcp", "udp")) + ":" + host + ":" + one(PORTS));
    }
    return patterns;
  }

  private String value(Key key) {
    return switch (key) {
      case LISTEN, BIND ->
          one(List.of("tcp", "udp"))
              + ":"
              + one(List.of("0.0.0.0", "[::]", "127.0.0.1", "10.1.2.3", "[2001:db8::1]", "[::1]"))
              + ":"
              + one(List.of("0", "80", "443", "8050", "40000"));
      case CONNECT ->
          one(List.of("tcp", "udp"))
              + ":"
              + one(
                  List.of(
                      "0.0.0.0",
                      "[::]",
                      "127.0.0.1",
                      "[::ffff:127.0.0.1]",
                      "[::ffff:10.0.0.1]",
                      "10.1.2.3",
                      "169.254.169.254",
                      "[64:ff9b::a9fe:a9fe]",
                      "[::1]",
                      "[2001:db8::1]",
                      "api.example.org",
                      "packages.example.org",
                      "other.example"))
              + ":"
              + one(List.of("80", "443", "8050"));
      case NAMES, ATTACH -> one(TITLES);
      case OPTIONS -> one(List.of("TCP_NODELAY", "SO_KEEPALIVE", "SO_MARK", "6:9", "1:2"));
      case RIGHTS -> one(List.of("RECV", "SEND", "EXPORT", "EVENT", "LISTEN", "CONNECT", "BIND"));
      case LANES -> one(List.of("frames", "ring", "stream", "fd"));
      case RETAIN -> one(List.of("5s", "10s", "1m", "5m", "forever"));
      case SHARE -> one(List.of("user", "any"));
      case LIST -> one(List.of("user", "all"));
    };
  }

  private Subject subject() {
    Set<Long> groups = new HashSet<>();
    some(List.of("50", "51", "52", "53")).forEach(it -> groups.add(Long.valueOf(it)));
    return new Subject(
        one(List.of(33L, 34L, 35L)),
        groups,
        one(
            List.of(
                List.of(),
                Units.UNKNOWN,
                List.of("system.slice", "web@1.service"),
                List.of("user.slice", "user@33.service"),
                List.of("db.service"))));
  }

  @Test
  void shouldAnswerAsTheObviousEvaluatorDoes() {
    long seed = random.nextLong();
    random.setSeed(seed);
    RuleCompiler compiler = PolicyText.compiler();
    int allowed = 0;
    for (int i = 0; i < POLICIES; i++) {
      List<RuleText> texts = new ArrayList<>();
      for (int n = random.nextInt(6); n >= 0; n--) {
        texts.add(rule(n));
      }
      Policy policy =
          Policy.of(
              texts.stream()
                  .map(
                      text ->
                          compiler.compile(
                              text,
                              (key, why) -> {
                                throw new AssertionError(key + ": " + why);
                              }))
                  .toList(),
              Set.of(0L),
              PolicyText.EPHEMERAL);
      for (int question = 0; question < QUESTIONS; question++) {
        allowed += ask(texts, policy, seed) ? 1 : 0;
      }
    }
    assertThat(allowed).as("some of both").isBetween(POLICIES, POLICIES * (QUESTIONS - 1));
  }

  private boolean ask(List<RuleText> texts, Policy policy, long seed) {
    Subject subject = subject();
    Key key = one(List.of(Key.values()));
    String value = value(key);
    Decision decision =
        policy.of(subject).decide(ActionText.parse(key.toString(), value, PolicyText.EPHEMERAL));
    boolean expected = ObviousEvaluator.allows(texts, subject, key.toString(), value);
    assertThat(decision.isAllowed())
        .as("%s %s of %s under %s (seed %d)", key, value, subject, texts, seed)
        .isEqualTo(expected);
    assertThat(
            policy.explain(subject, ActionText.parse(key.toString(), value, PolicyText.EPHEMERAL)))
        .extracting(Decision::isAllowed)
        .isEqualTo(expected);
    return expected;
  }
}
