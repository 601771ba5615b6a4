package dev.sockbroker.system.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GrammarTest {
  private static final int SHOTS = 20_000;

  /** With its escapes, which no IP address needs. */
  private static final Pattern HOST = Pattern.compile("\"host\":\"([0-9.:]*)\"");

  @Test
  void shouldSayTheSameForTheSameSeed() {
    assertThat(shots(7).stream().map(Shot::toString).toList())
        .isEqualTo(shots(7).stream().map(Shot::toString).toList());
    assertThat(shots(7).stream().map(Shot::toString).toList())
        .isNotEqualTo(shots(8).stream().map(Shot::toString).toList());
  }

  @Test
  void shouldSendEveryRequestOfTheProtocol() {
    Set<Class<? extends Request>> sent = new HashSet<>();
    shots(7).forEach(shot -> sent.add(shot.type()));
    assertThat(sent).containsAll(Grammar.TYPES);
  }

  @Test
  void shouldStayOnThisMachine() {
    Set<String> hosts = new HashSet<>();
    for (Shot shot : shots(7)) {
      Matcher host = HOST.matcher(new String(shot.json(), UTF_8));
      while (host.find()) {
        hosts.add(host.group(1));
      }
    }
    assertThat(hosts).containsExactlyInAnyOrder("", "127.0.0.1", "::1");
  }

  @Test
  void shouldKnowTheOptionsOfTheDocument() {
    assertThat(new Options().names()).contains("SO_RCVBUF", "TCP_INFO", "O_NONBLOCK", "UDP_GRO");
  }

  /** Rule 7 of the protocol is for frames that end a session on purpose. */
  @Test
  void shouldSayNothingForWhichASessionEnds() {
    FrameCodec codec = new FrameCodec();
    for (Shot shot : shots(7)) {
      try {
        codec.decode(shot.number(), shot.descriptor(), shot.json(), shot.json().length);
      } catch (InvalidMessageException e) {
        // answered, and the session continues
      } catch (MalformedFrameException e) {
        throw new AssertionError(shot.toString(), e);
      }
    }
  }

  private static List<Shot> shots(long seed) {
    Dice dice = new Dice(seed);
    Grammar grammar =
        new Grammar(
            dice,
            new Known(new Shared()),
            new Addresses(Path.of("/tmp/fuzz"), Path.of("/tmp/fuzz/broker.sock")),
            new Options());
    List<Shot> shots = new ArrayList<>();
    for (int i = 0; i < SHOTS; i++) {
      shots.add(grammar.any());
    }
    return shots;
  }
}
