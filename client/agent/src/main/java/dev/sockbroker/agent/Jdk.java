package dev.sockbroker.agent;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.Channel;

/**
 * The JDK's internal methods that the agent calls. {@code Premain} opens {@code java.lang.invoke}
 * before this class is loaded. A JDK without one of the methods fails then, with {@link
 * ExceptionInInitializerError}.
 */
final class Jdk {
  private static final Lookup TRUSTED = trusted();
  private static final Class<?> NET = type("sun.nio.ch.Net");
  private static final Class<?> IO_UTIL = type("sun.nio.ch.IOUtil");

  private static final MethodHandle BIND_CHANNEL =
      method(
          NET,
          "bind",
          void.class,
          ProtocolFamily.class,
          FileDescriptor.class,
          InetAddress.class,
          int.class);
  private static final MethodHandle BIND =
      method(NET, "bind", void.class, FileDescriptor.class, InetAddress.class, int.class);
  private static final MethodHandle LISTEN =
      method(NET, "listen", void.class, FileDescriptor.class, int.class);
  private static final MethodHandle LOCAL_ADDRESS =
      method(NET, "localAddress", InetSocketAddress.class, FileDescriptor.class);
  private static final MethodHandle GET_INT_OPTION =
      method(
          NET,
          "getIntOption0",
          int.class,
          FileDescriptor.class,
          boolean.class,
          int.class,
          int.class);
  private static final MethodHandle SET_INT_OPTION =
      method(
          NET,
          "setIntOption0",
          void.class,
          FileDescriptor.class,
          boolean.class,
          int.class,
          int.class,
          int.class,
          boolean.class);
  private static final MethodHandle POLL_CONNECT_NOW =
      method(NET, "pollConnectNow", boolean.class, FileDescriptor.class);
  private static final MethodHandle CTL =
      method(
          type("sun.nio.ch.EPoll"), "ctl", int.class, int.class, int.class, int.class, int.class);
  private static final MethodHandle CHANNELS_NUMBER =
      ofObject(type("sun.nio.ch.SelChImpl"), "getFDVal", int.class);
  private static final MethodHandle CONFIGURE_BLOCKING =
      method(IO_UTIL, "configureBlocking", void.class, FileDescriptor.class, boolean.class);
  private static final MethodHandle NEW_FD =
      method(IO_UTIL, "newFD", FileDescriptor.class, int.class);
  private static final MethodHandle FD_VALUE =
      method(IO_UTIL, "fdVal", int.class, FileDescriptor.class);

  private Jdk() {}

  /** Of Java 21 and later. */
  private static final class Dispatcher {
    static final MethodHandle CLOSE =
        method(type("sun.nio.ch.UnixDispatcher"), "close0", void.class, FileDescriptor.class);
  }

  /** A call of a method handle. */
  interface Call<T> {
    T make() throws Throwable;
  }

  private static Lookup trusted() {
    try {
      Field field = Lookup.class.getDeclaredField("IMPL_LOOKUP");
      field.setAccessible(true);
      return (Lookup) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("java.lang.invoke is not open", e);
    }
  }

  static Class<?> type(String name) {
    try {
      return Class.forName(name, true, null);
    } catch (ClassNotFoundException e) {
      throw unknown(name, e);
    }
  }

  /** A static method. */
  static MethodHandle method(Class<?> owner, String name, Class<?> result, Class<?>... arguments) {
    try {
      return TRUSTED.findStatic(owner, name, MethodType.methodType(result, arguments));
    } catch (ReflectiveOperationException e) {
      throw unknown(owner.getName() + "." + name, e);
    }
  }

  /** A method of an object of that class. */
  static MethodHandle ofObject(
      Class<?> owner, String name, Class<?> result, Class<?>... arguments) {
    try {
      return TRUSTED.findVirtual(owner, name, MethodType.methodType(result, arguments));
    } catch (ReflectiveOperationException e) {
      throw unknown(owner.getName() + "." + name, e);
    }
  }

  /** Sets a static field. */
  static MethodHandle setter(Class<?> owner, String name, Class<?> type) {
    try {
      return TRUSTED.findStaticSetter(owner, name, type);
    } catch (ReflectiveOperationException e) {
      throw unknown(owner.getName() + "." + name, e);
    }
  }

  private static IllegalStateException unknown(String what, Exception cause) {
    return new IllegalStateException(
        "Java %s has no %s".formatted(System.getProperty("java.version"), what), cause);
  }

  /** Makes a call that throws what the JDK's method throws. */
  static <T> T call(Call<T> call) throws IOException {
    try {
      return call.make();
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IOException(t.toString(), t);
    }
  }

  static void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    call(() -> BIND_CHANNEL.invoke(family, fd, address, port));
  }

  static void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
    call(() -> BIND.invoke(fd, address, port));
  }

  static void listen(FileDescriptor fd, int backlog) throws IOException {
    call(() -> LISTEN.invoke(fd, backlog));
  }

  static InetSocketAddress localAddress(FileDescriptor fd) throws IOException {
    return call(() -> (InetSocketAddress) LOCAL_ADDRESS.invoke(fd));
  }

  /** An option of type int. */
  static int option(FileDescriptor fd, int level, int option) throws IOException {
    return call(() -> (int) GET_INT_OPTION.invoke(fd, false, level, option));
  }

  /** Sets an option of type int. */
  static void setOption(FileDescriptor fd, int level, int option, int value) throws IOException {
    call(() -> SET_INT_OPTION.invoke(fd, false, level, option, value, false));
  }

  static boolean pollConnectNow(FileDescriptor fd) throws IOException {
    return call(() -> (boolean) POLL_CONNECT_NOW.invoke(fd));
  }

  /** epoll_ctl(2). Returns 0, or the errno. */
  static int ctl(int epfd, int opcode, int fd, int events) {
    try {
      return (int) CTL.invoke(epfd, opcode, fd, events);
    } catch (Throwable t) {
      throw new AssertionError("the JDK's method throws nothing", t);
    }
  }

  static void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    call(() -> CONFIGURE_BLOCKING.invoke(fd, blocking));
  }

  static FileDescriptor fileDescriptor(int fd) throws IOException {
    return call(() -> (FileDescriptor) NEW_FD.invoke(fd));
  }

  /** The number of a channel's fd. */
  static int numberOf(Channel channel) throws IOException {
    return call(() -> (int) CHANNELS_NUMBER.invoke(channel));
  }

  static int number(FileDescriptor fd) throws IOException {
    return call(() -> (int) FD_VALUE.invoke(fd));
  }

  /** close(2), of Java 22 and later. */
  static void close(FileDescriptor fd) throws IOException {
    call(() -> Dispatcher.CLOSE.invoke(fd));
  }

  /** The JDK's own entrance to {@code java.lang}. */
  static Object langAccess() throws IOException {
    Class<?> secrets = type("jdk.internal.access.SharedSecrets");
    MethodHandle get =
        method(secrets, "getJavaLangAccess", type("jdk.internal.access.JavaLangAccess"));
    return call(() -> get.invoke());
  }

  /**
   * Does what {@code --enable-native-access=ALL-UNNAMED} does, so that the user of an agent needs
   * no second option. Java 22 and later.
   */
  static void allowForeignFunctions() throws IOException {
    MethodHandle allow =
        ofObject(
            type("jdk.internal.access.JavaLangAccess"),
            "addEnableNativeAccessToAllUnnamed",
            void.class);
    Object access = langAccess();
    call(() -> allow.invoke(access));
  }
}
