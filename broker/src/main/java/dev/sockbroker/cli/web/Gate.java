package dev.sockbroker.cli.web;

import com.sun.net.httpserver.Headers;
import java.util.List;
import java.util.Set;

/**
 * Decides who may look. Every user of the machine can connect to a port of the loopback interface,
 * and so can every page that a browser shows. So the key in the URL admits one browser, once, and
 * that browser's cookie admits it from then on. Thread-safe.
 */
final class Gate {
  private final Secret key = new Secret();
  private final Secret session = new Secret();
  private final String cookie;
  private final Set<String> hosts;
  private boolean used;

  Gate(int port) {
    // cookies of one host are shared by all its ports
    cookie = "sockbroker-" + port;
    hosts = Set.of("127.0.0.1:" + port, "localhost:" + port);
  }

  String key() {
    return key.text();
  }

  /**
   * Whether a request is meant for this server and comes from its own page. A foreign name that
   * resolves to 127.0.0.1 would make this server's answers readable for the page of that name.
   */
  boolean isOwn(Headers headers) {
    List<String> host = headers.get("Host");
    String origin = headers.getFirst("Origin");
    return host != null
        && host.size() == 1
        && hosts.contains(host.getFirst())
        && (origin == null || origin.equals("http://" + host.getFirst()));
  }

  /** Whether a request has the cookie. */
  boolean knows(Headers headers) {
    return headers.getOrDefault("Cookie", List.of()).stream()
        .flatMap(it -> List.of(it.split(";")).stream())
        .map(String::strip)
        .filter(it -> it.startsWith(cookie + "="))
        .anyMatch(it -> session.is(it.substring(cookie.length() + 1)));
  }

  /** Whether this is the key, for the first time. */
  synchronized boolean opens(String given) {
    if (used || !key.is(given)) {
      return false;
    }
    used = true;
    return true;
  }

  /** The header that gives a browser its cookie. */
  String cookie() {
    return cookie + "=" + session.text() + "; HttpOnly; SameSite=Strict; Path=/";
  }
}
