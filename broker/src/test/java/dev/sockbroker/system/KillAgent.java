package dev.sockbroker.system;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills the broker with SIGKILL at a kill point. The begin and the end of each system call are kill
 * points, and of each write to the memory that outlives the broker. Runs in the broker's JVM.
 */
public final class KillAgent implements ClassFileTransformer {
  private static final String OS = "dev/sockbroker/broker/os/";
  private static final ClassDesc SELF = ClassDesc.of(KillAgent.class.getName());

  /** The methods of each class; an empty set for all that are public. */
  private static final Map<String, Set<String>> POINTS =
      Map.of(
          OS + "SystemCalls",
          Set.of(),
          OS + "CallLog",
          Set.of("begin", "settle", "accepted", "onCommit"),
          OS + "KeptRecords",
          Set.of("put", "remove", "commit", "onCommit"));

  /** In the broker: how many points are left until it is killed; 0 if it is to live. */
  private static MappedByteBuffer left;

  private KillAgent() {}

  // ---- in the test

  /**
   * The JVM option for the agent, whose jar and counter are created in that directory.
   *
   * @return the option
   */
  static String option(Path directory) throws IOException {
    Path jar = directory.resolve("kill-agent.jar");
    AgentJar.write(jar, KillAgent.class, Points.class);
    map(directory.resolve("left"));
    return "-javaagent:" + jar + "=" + directory.resolve("left");
  }

  /** The counter in that directory. */
  static MappedByteBuffer counter(Path directory) throws IOException {
    return map(directory.resolve("left"));
  }

  private static MappedByteBuffer map(Path file) throws IOException {
    if (Files.notExists(file)) {
      Files.write(file, new byte[Integer.BYTES]);
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, Integer.BYTES);
    }
  }

  // ---- in the broker

  public static void premain(String counter, Instrumentation instrumentation) throws IOException {
    left = map(Path.of(counter));
    instrumentation.addTransformer(new KillAgent());
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
    Set<String> methods = name == null ? null : POINTS.get(name);
    if (methods == null) {
      return null;
    }
    ClassFile classFile = ClassFile.of();
    return classFile.transformClass(
        classFile.parse(bytes),
        ClassTransform.transformingMethods(
            it -> isPoint(it, methods), MethodTransform.transformingCode(new Points())));
  }

  private static boolean isPoint(MethodModel method, Set<String> names) {
    String name = method.methodName().stringValue();
    boolean isPlain = !name.startsWith("<") && method.code().isPresent();
    return isPlain
        && (names.isEmpty()
            ? (method.flags().flagsMask() & ClassFile.ACC_STATIC) == 0
            : names.contains(name));
  }

  private record Points() implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      code.invokestatic(SELF, "reached", MethodTypeDesc.of(ConstantDescs.CD_void));
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (element instanceof ReturnInstruction) {
        code.invokestatic(SELF, "reached", MethodTypeDesc.of(ConstantDescs.CD_void));
      }
      code.with(element);
    }
  }

  /** Called by the broker's methods. */
  public static synchronized void reached() {
    int points = left.getInt(0);
    if (points == 0) {
      return;
    }
    left.putInt(0, points - 1);
    if (points == 1) {
      kill();
    }
  }

  /** The thread goes no further than here. */
  private static void kill() {
    try {
      String self = "" + ProcessHandle.current().pid();
      new ProcessBuilder("kill", "-9", self).start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    LockSupport.parkNanos(TimeUnit.MINUTES.toNanos(1));
  }
}
