package dev.sockbroker.child;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Runs a program that does not read its stdin, and ends it when stdin ends. So the program ends
 * with the process that started it, even if that was killed.
 */
public final class WithParent {
  private WithParent() {}

  /** Takes the program's main class and its arguments. */
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
        // the input has no meaning
        continue;
      }
    } catch (IOException e) {
      System.err.println("stdin cannot be read, so it counts as ended: " + e.getMessage());
    }
    System.exit(0);
  }
}
