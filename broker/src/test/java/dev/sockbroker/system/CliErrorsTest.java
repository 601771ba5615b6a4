package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages and exit codes of commands that fail. */
@WithBroker
class CliErrorsTest {
  private static BrokerProcess broker;

  @TempDir Path directory;

  @Test
  void shouldRefuseANumberThatWouldMeanAnother() throws Exception {
    run("open", "--name", "numbers", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    for (String value : new String[] {"-5", "", "99999999999", "0x-5"}) {
      assertThat(run("set", "numbers", "SO_RCVBUF", value).err())
          .startsWith("sockbroker: EINVAL (22): SO_RCVBUF takes a number between 0 and 2147483647");
    }
    for (String time : new String[] {"0s", "-5s", "", "99999999999999999d"}) {
      assertThat(run("open", "--name", "no", "--retain", time, "udp:127.0.0.1:0"))
          .satisfies(
              refused -> {
                assertThat(refused.exitCode()).isEqualTo(2);
                assertThat(refused.err()).contains("--retain").contains("expected: ");
              });
    }
    for (String backlog : new String[] {"-5", "99999999999", "1.5"}) {
      String[] open = {"open", "--name", "no", "--retain", "9s", "--backlog", backlog};
      assertThat(run(append(open, "tcp-listen:127.0.0.1:0")))
          .satisfies(
              refused -> {
                assertThat(refused.exitCode()).isEqualTo(2);
                assertThat(refused.err()).contains("backlog").contains("expected: ");
              });
    }
    assertThat(run("show", "no").exitCode()).as("nothing was opened").isEqualTo(3);
  }

  private static String[] append(String[] words, String last) {
    return Stream.concat(Stream.of(words), Stream.of(last)).toArray(String[]::new);
  }

  @Test
  void shouldSayThatThereIsNoSuchThing() throws Exception {
    for (String[] arguments :
        new String[][] {
          {"show", "s999999"},
          {"show", "nobody"},
          {"get", "s999999", "SO_TYPE"},
          {"get", "nobody", "SO_TYPE"},
          {"close", "nobody"},
          {"revoke", "d999999"},
          {"revoke", "t999999"}
        }) {
      Command.Result result = run(arguments);

      assertThat(result.exitCode()).as(result.err()).isEqualTo(3);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).startsWith("sockbroker: ").hasLineCount(1);
    }
  }

  /** Nobody can create files in /proc, not even root. */
  @Test
  void shouldSayWhyItCannotWriteAFile() throws Exception {
    for (String[] arguments :
        new String[][] {
          {"dump", "--record", "0s", "-o", "/proc/dump.zip"}, {"metrics", "-o", "/proc/metrics"}
        }) {
      Command.Result result = run(arguments);

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err())
          .startsWith("sockbroker: /proc/")
          .endsWith(": No such file or directory\n");
    }
  }

  @Test
  void shouldSayInTheWordsOfTheCommandLineWhatIsWrong() throws Exception {
    run("open", "--name", "words", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    assertThat(run("set", "words", "TCP_NODELAY", "maybe").err())
        .startsWith("sockbroker: EINVAL (22): ")
        .contains("on or off")
        .doesNotContain("setOption", " on d");
    assertThat(List.of(run("close", "nobody").err(), run("show", "nobody").err()))
        .containsOnly("sockbroker: ENOENT (2): there is no socket, descriptor or name 'nobody'\n");
    assertThat(run("revoke", "x"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(2);
              assertThat(refused.err())
                  .startsWith("sockbroker: 'x' is neither a descriptor (d42) nor a token (t7)\n");
            });
    assertThat(run("end", "abc"))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isEqualTo(2);
              assertThat(refused.err()).contains("'abc' is not a session number");
            });
    assertThat(run("serve", "--limit", "sockets").err())
        .contains("option '--limit' should be NAME=NUMBER but was sockets");
    assertThat(run("serve", "--group", "nosuchgroup").err())
        .startsWith("sockbroker: --group: there is no group 'nosuchgroup'\n");
    String[] tooHigh = {"exec", "--attach", "words", "--fd", "words=999999999", "--", "true"};
    assertThat(run(tooHigh).exitCode()).isEqualTo(2);
  }

  @Test
  void shouldSuggestANameThatExists() throws Exception {
    run("open", "--name", "meaning", "--retain", "60s", "tcp-listen:127.0.0.1:0");

    for (String[] command :
        new String[][] {{"show", "meanign"}, {"close", "meanin"}, {"list", "--of", "maening"}}) {
      Command.Result refused = run(command);

      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.err()).endsWith("; did you mean 'meaning'?\n").hasLineCount(1);
    }
    assertThat(run("show", "something").err()).doesNotContain("did you mean");
  }

  @Test
  void shouldNotTakeAMissingDirectoryForAMissingSocket() throws Exception {
    Command.Result refused =
        run(
            "open",
            "--name",
            "nowhere",
            "--retain",
            "60s",
            "unix-listen:" + directory.resolve("none/x"));

    assertThat(refused.err()).startsWith("sockbroker: ENOENT (2): ");
    assertThat(refused.exitCode()).isEqualTo(1);
  }

  @Test
  void shouldSayThatTheDiskIsFull() throws Exception {
    Path full = Path.of("/dev/full");

    for (String[] arguments : new String[][] {{"list"}, {"list", "--json"}, {"list", "--help"}}) {
      Command.Result result = cli().writingTo(full).run(arguments);

      assertThat(result.exitCode()).as(String.join(" ", arguments)).isEqualTo(1);
      assertThat(result.err()).isEqualTo("sockbroker: No space left on device\n");
    }
  }

  private static Command.Result run(String... arguments) throws IOException, InterruptedException {
    return cli().run(arguments);
  }

  private static Command cli() {
    return Command.to(broker.socket());
  }
}
