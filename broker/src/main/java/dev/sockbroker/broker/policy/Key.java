package dev.sockbroker.broker.policy;

import java.util.Arrays;
import java.util.List;

/** What a rule can allow and a denial can deny, by its key in the file. */
public enum Key {
  /** Addresses at which to listen. */
  LISTEN("listen"),
  /** Addresses to which to bind a socket that does not listen. */
  BIND("bind"),
  /** Addresses to connect and to send to. */
  CONNECT("connect"),
  /** Names to give to sockets. */
  NAMES("names"),
  /** Names of sockets to join. */
  ATTACH("attach"),
  /** How long a named socket may outlive its holders. */
  RETAIN("retain"),
  /** The rights that a descriptor may have. */
  RIGHTS("rights"),
  /** Socket options to set. */
  OPTIONS("options"),
  /** How bytes may reach the client. */
  LANES("lanes"),
  /** For whom to make tokens. */
  SHARE("share"),
  /** Whose sockets and sessions to see. */
  LIST("list");

  private final String text;

  Key(String text) {
    this.text = text;
  }

  /** The keys as they are written in a file. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Key::toString).toList();
  }

  @Override
  public String toString() {
    return text;
  }
}
