package dev.sockbroker.child;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Runs a program that does not read its stdin, and ends it with its stdin: so it ends with the
 * process that started it, even if that was killed.
 */
public final class WithParent {
  private WithParent() {}

  /** The program's main class, then its arguments. */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    Method main = Class.forName(arguments[0]).getMethod("main", String[].class);
    Thread watch = new Thread(WithParent::awaitEnd, "parent");
    watch.setDaemon(true);
    watch.start();
    main.invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  private static void awaitEnd() {
    try {
      while (System.in.read() >= 0) {
        // whatever is written to it means nothing
        continue;
      }
    } catch (IOException e) {
      System.err.println("stdin cannot be read, so it counts as ended: " + e.getMessage());
    }
    System.exit(0);
  }
}
