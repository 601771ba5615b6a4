package dev.sockbroker.agent;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.security.ProtectionDomain;

/**
 * Defines classes of this jar by the boot loader. Other loaders ask that one first, so there is one
 * of each.
 */
final class BootClasses {
  private static final String PACKAGE = "dev/sockbroker/agent/boot/";

  private BootClasses() {}

  /** Must run before one of these classes is loaded. */
  static void define() throws IOException {
    define("ServerCalls");
    define("ConnectCalls");
    define("CloseCalls");
    define("RedirectedCalls");
  }

  private static void define(String name) throws IOException {
    Class<?> access = Jdk.type("jdk.internal.access.JavaLangAccess");
    MethodHandle define =
        Jdk.ofObject(
            access,
            "defineClass",
            Class.class,
            ClassLoader.class,
            String.class,
            byte[].class,
            ProtectionDomain.class,
            String.class);
    byte[] bytes = bytes(PACKAGE + name + ".class");
    Jdk.call(() -> define.invoke(Jdk.langAccess(), null, PACKAGE + name, bytes, null, null));
  }

  private static byte[] bytes(String file) throws IOException {
    try (InputStream in = BootClasses.class.getClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new FileNotFoundException(file);
      }
      return in.readAllBytes();
    }
  }
}
