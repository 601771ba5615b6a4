package dev.sockbroker.broker.policy;

import java.util.ArrayList;
import java.util.List;

/** The systemd unit of a process, as its cgroup tells (cgroups(7), systemd.unit(5)). */
public final class Units {
  private static final String SLICE = ".slice";

  /** What a process has whose cgroup cannot be read. No cgroup has this name. */
  public static final List<String> UNKNOWN = List.of("/");

  private Units() {}

  /**
   * Returns the slices of a process and then its unit: the first part of the path that is no slice.
   * What is below belongs to the unit, which can name it as it likes: a user's own manager could
   * otherwise imitate any service. {@link #UNKNOWN} if the path leads out of the broker's cgroup
   * namespace, where its parts mean something else.
   *
   * @param text the content of proc_pid_cgroup(5), or empty
   */
  public static List<String> of(String text) {
    if (text.isEmpty()) {
      return UNKNOWN;
    }
    List<String> units = new ArrayList<>();
    for (String part : path(text).split("/")) {
      if (part.equals("..")) {
        return UNKNOWN;
      } else if (!part.isEmpty()) {
        units.add(part);
        if (!part.endsWith(SLICE)) {
          return units;
        }
      }
    }
    return units;
  }

  /** The path in the hierarchy of systemd: that of version 2, or the named one of version 1. */
  private static String path(String text) {
    String path = "";
    for (String line : text.split("\n")) {
      if (line.startsWith("0::") && path.isEmpty()) {
        path = line.substring(3);
      } else if (line.matches("[0-9]+:name=systemd:.*")) {
        return line.substring(line.indexOf(":name=systemd:") + ":name=systemd:".length());
      }
    }
    return path;
  }
}
