package dev.sockbroker.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ConstantPoolTest {
  /** The calls are redirected from here, */
  public static final class Here {
    private Here() {}

    public static String name() {
      return "here";
    }

    public static String name(int number) {
      return "here " + number;
    }
  }

  /** to here. */
  public static final class There {
    private There() {}

    public static String name() {
      return "there";
    }

    public static String name(int number) {
      return "there " + number;
    }
  }

  /** Its calls are redirected. It has constants of many kinds. */
  public static final class Caller implements Supplier<String> {
    private static final long LONG = 1L << 40;
    private static final double DOUBLE = 1.5;

    @Override
    public String get() {
      Supplier<String> lambda = () -> Here.name(2) + LONG + DOUBLE;
      return Here.name() + ", " + Here.name(1) + ", " + lambda.get();
    }
  }

  /** Defines the class from its new file. */
  private static final class Loader extends ClassLoader {
    private final byte[] classFile;

    Loader(byte[] classFile) {
      super(ConstantPoolTest.class.getClassLoader());
      this.classFile = classFile;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      return name.equals(Caller.class.getName())
          ? defineClass(name, classFile, 0, classFile.length)
          : super.loadClass(name, resolve);
    }
  }

  private static byte[] classFile(Class<?> type) throws IOException {
    try (InputStream in =
        type.getResourceAsStream(type.getName().replaceAll(".*\\.", "") + ".class")) {
      return in.readAllBytes();
    }
  }

  private static String nameOf(Class<?> type) {
    return type.getName().replace('.', '/');
  }

  private static String resultAfter(ConstantPool.Choice choice) throws Exception {
    byte[] redirected =
        new ConstantPool(classFile(Caller.class)).redirect(nameOf(There.class), choice);
    Class<?> caller = new Loader(redirected).loadClass(Caller.class.getName());
    var constructor = caller.getDeclaredConstructor();
    constructor.setAccessible(true);
    return ((Supplier<?>) constructor.newInstance()).get().toString();
  }

  @Test
  void shouldRedirectEveryCallOfTheChosenMethods() throws Exception {
    assertThat(resultAfter((owner, method, types) -> owner.equals(nameOf(Here.class))))
        .isEqualTo("there, there 1, there 21099511627776" + "1.5");
  }

  @Test
  void shouldTellMethodsOfOneNameApart() throws Exception {
    assertThat(
            resultAfter(
                (owner, method, types) -> (method + types).equals("name(I)Ljava/lang/String;")))
        .isEqualTo("here, there 1, there 21099511627776" + "1.5");
  }

  @Test
  void shouldLeaveTheOtherCallsAlone() throws Exception {
    assertThat(resultAfter((owner, method, types) -> false))
        .isEqualTo(new Caller().get())
        .isEqualTo("here, here 1, here 21099511627776" + "1.5");
  }

  @Test
  void shouldRefuseAConstantThatItDoesNotKnow() throws Exception {
    byte[] file = classFile(Caller.class);
    byte[] unknown = Arrays.copyOf(file, file.length);
    unknown[10] = 99;

    assertThatThrownBy(() -> new ConstantPool(unknown))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("constant of kind 99");
  }
}
