package dev.sockbroker.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** The main loop of a child. It executes the requests on its stdin and ends when stdin ends. */
public final class ChildLoop {
  /** Executes the requests of a child. */
  public interface Handler {
    /**
     * @param words of the request
     * @return the reply, in one line
     */
    Object on(String[] words) throws IOException, InterruptedException;
  }

  private ChildLoop() {}

  /**
   * Prints that the child is ready. Then it replies to each line with {@code ok} and the result.
   */
  public static void run(Handler handler) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ok ready");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(answer(handler, line));
    }
  }

  private static String answer(Handler handler, String line) {
    try {
      return "ok " + handler.on(line.split(" "));
    } catch (IOException | InterruptedException | RuntimeException e) {
      return "failed in '" + line + "': " + e;
    }
  }
}
