package dev.sockbroker.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** A child's life: it does what the lines on its stdin say and ends with its stdin. */
public final class ChildLoop {
  /** What a child can do. */
  public interface Handler {
    /**
     * @param words of the request
     * @return the answer, in one line
     */
    Object on(String[] words) throws IOException, InterruptedException;
  }

  private ChildLoop() {}

  /** Says that it is ready, then answers each line with one: {@code ok} and the answer. */
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
