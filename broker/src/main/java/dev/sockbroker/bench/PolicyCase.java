package dev.sockbroker.bench;

import dev.sockbroker.child.PrivateBroker;
import dev.sockbroker.child.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures what a policy costs: the same requests of the same user to a broker with a policy and to
 * one without. The user is neither root nor the broker's own, because a policy does not restrict
 * those. So only root can measure it.
 */
final class PolicyCase {
  /** Used in place of a lane. */
  static final String WITH = "policy";

  /** Used in place of a lane. */
  static final String WITHOUT = "no-policy";

  /** The worker's uid and gid. No such account has to exist. */
  private static final int USER = 65_534;

  private static final int RULES = 50;

  private final Stage stage;

  PolicyCase(Stage stage) {
    this.stage = stage;
  }

  /** Whether this process can start others as another user. */
  static boolean isPossible() {
    return "root".equals(System.getProperty("user.name")) && Programs.isInstalled("setpriv");
  }

  /** Both brokers in one group, so that their rounds alternate. */
  List<Task> group() throws IOException {
    String group = Integer.toString(USER);
    Path file = Files.writeString(stage.directory().resolve("policy.toml"), policy());
    Route with =
        route(stage.newBroker("--group", group, "--trust-group", "--config", file.toString()));
    Route without = route(stage.newBroker("--group", group, "--trust-group"));
    ControlCase control = new ControlCase(stage);
    List<Task> tasks = new ArrayList<>();
    tasks.add(control.control(with, "set", WITH));
    tasks.add(control.control(without, "set", WITHOUT));
    tasks.add(control.connect(with, "open-export", WITH));
    tasks.add(control.connect(without, "open-export", WITHOUT));
    return tasks;
  }

  private Route route(PrivateBroker broker) throws IOException {
    return stage.brokeredAs(USER, broker);
  }

  /** Many rules; only the last one allows what is measured. */
  private static String policy() {
    String others =
        IntStream.range(1, RULES)
            .mapToObj(
                it -> "[[rule]]\nuser = [\"%d\"]\nlisten = [\"tcp:*:%d\"]\n".formatted(USER, it))
            .collect(Collectors.joining());
    return others
        + """
        [[rule]]
        user = ["%d"]
        listen = ["tcp:127.0.0.0/8:*"]
        connect = ["tcp:127.0.0.0/8:*"]
        lanes = ["frames", "ring", "stream", "fd"]
        """
            .formatted(USER);
  }
}
