package dev.sockbroker.system;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;

/**
 * Makes a method of the broker throw an error as soon as a file exists. Runs in the broker's own
 * JVM.
 */
public final class FaultAgent implements ClassFileTransformer {
  private static final ClassDesc FILE = ClassDesc.of("java.io.File");
  private static final MethodTypeDesc OF_TEXT =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

  private final String className;
  private final String method;
  private final ClassDesc error;
  private final String trigger;

  private FaultAgent(String[] fault) {
    className = fault[0].replace('.', '/');
    method = fault[1];
    error = ClassDesc.of(fault[2]);
    trigger = fault[3];
  }

  /** The JVM option for the agent, whose jar is created in that directory. */
  static String option(Path directory, String className, String method, Class<?> error)
      throws IOException {
    Path jar = directory.resolve("fault-agent.jar");
    AgentJar.write(jar, FaultAgent.class, ThrowFirst.class);
    String fault = String.join("#", className, method, error.getName(), trigger(directory) + "");
    return "-javaagent:" + jar + "=" + fault;
  }

  /** The file that makes the method throw. */
  static Path trigger(Path directory) {
    return directory.resolve("throw");
  }

  public static void premain(String fault, Instrumentation instrumentation) {
    instrumentation.addTransformer(new FaultAgent(fault.split("#")));
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
    if (!className.equals(name)) {
      return null;
    }
    ClassFile classFile = ClassFile.of();
    return classFile.transformClass(
        classFile.parse(bytes),
        ClassTransform.transformingMethods(
            it -> it.methodName().equalsString(method) && it.code().isPresent(),
            MethodTransform.transformingCode(new ThrowFirst(trigger, error))));
  }

  private record ThrowFirst(String trigger, ClassDesc error) implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      code.new_(FILE)
          .dup()
          .ldc(trigger)
          .invokespecial(FILE, "<init>", OF_TEXT)
          .invokevirtual(FILE, "exists", MethodTypeDesc.of(ConstantDescs.CD_boolean))
          .ifThen(this::throwError);
    }

    private void throwError(CodeBuilder code) {
      code.new_(error).dup().ldc("injected").invokespecial(error, "<init>", OF_TEXT).athrow();
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      code.with(element);
    }
  }
}
