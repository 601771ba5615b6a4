package dev.sockbroker.cli.web;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** The parameters in a URL. */
final class Query {
  private Query() {}

  /** The first parameter of that name, null without one. */
  static String parameter(URI uri, String name) {
    String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    for (String part : query.split("&")) {
      if (part.startsWith(name + "=")) {
        return decode(part.substring(name.length() + 1));
      }
    }
    return null;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // a % without two digits
      return null;
    }
  }
}
