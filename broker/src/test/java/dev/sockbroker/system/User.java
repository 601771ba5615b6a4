package dev.sockbroker.system;

import java.util.ArrayList;
import java.util.List;

/**
 * A user of the machine, as numbers that need no account.
 *
 * @param groups the supplementary groups
 */
public record User(int uid, int gid, List<Integer> groups) {
  /** The group that may connect to a {@link SharedBroker}. */
  public static final int MEMBERS = 61000;

  /** The user that a {@link SharedBroker} runs as. */
  static final User BROKER = new User(61001, MEMBERS, List.of());

  /** Members of the group that share nothing else. */
  public static final User ALICE = new User(61002, 61002, List.of(MEMBERS));

  public static final User MALLORY = new User(61003, 61003, List.of(MEMBERS));

  /** A user outside of the group. */
  public static final User STRANGER = new User(61004, 61004, List.of());

  /** The requirements of a test with several users. */
  public static void needs() {
    Needs.that(isRoot(), "needs root, for several users");
    Needs.programs("setpriv");
  }

  public static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** A command line that runs another one as this user. Only root can use it. */
  public List<String> run(List<String> line) {
    String supplementary = String.join(",", groups.stream().map(String::valueOf).toList());
    List<String> all =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid=" + uid,
                "--regid=" + gid,
                groups.isEmpty() ? "--clear-groups" : "--groups=" + supplementary));
    all.addAll(line);
    return all;
  }
}
