package dev.sockbroker.cli.web;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of the page. */
record PageFile(String type, byte[] bytes) {
  private static final String SCRIPT = "text/javascript; charset=utf-8";
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("index.html", "text/html; charset=utf-8"),
          Map.entry("page.css", "text/css; charset=utf-8"),
          Map.entry("icon.svg", "image/svg+xml"),
          Map.entry("page.js", SCRIPT),
          Map.entry("model.js", SCRIPT),
          Map.entry("graph.js", SCRIPT),
          Map.entry("cards.js", SCRIPT),
          Map.entry("curves.js", SCRIPT),
          Map.entry("happenings.js", SCRIPT),
          Map.entry("details.js", SCRIPT),
          Map.entry("words.js", SCRIPT),
          Map.entry("status.js", SCRIPT),
          Map.entry("theme.js", SCRIPT));

  /** All files by their paths in the URL. */
  static Map<String, PageFile> all() throws IOException {
    Map<String, PageFile> files = new LinkedHashMap<>();
    for (Map.Entry<String, String> it : TYPES.entrySet()) {
      try (InputStream in = PageFile.class.getResourceAsStream(it.getKey())) {
        files.put("/" + it.getKey(), new PageFile(it.getValue(), in.readAllBytes()));
      }
    }
    files.put("/", files.remove("/index.html"));
    return files;
  }
}
