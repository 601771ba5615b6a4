package dev.sockbroker.system;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes one of the two brokers of an upgrade fail or wait when it reaches a step. Runs in the JVMs
 * of both, because the new one inherits the options of the old one. A step is {@code enter} or
 * {@code leave} and a method.
 */
public final class StepAgent implements ClassFileTransformer {
  /** What happens at a step. */
  enum Action {
    /** An exception. */
    THROW,
    /** An error that no code expects. */
    ERROR,
    /** SIGKILL. */
    KILL,
    /** It waits until it is let go, or another plan is made. */
    WAIT
  }

  private static final String PACKAGE = "dev.sockbroker.broker.";
  private static final ClassDesc SELF = ClassDesc.of(StepAgent.class.getName());
  private static final MethodTypeDesc OF_STEP =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

  /** In the brokers. */
  private static Path plan;

  private final List<String> methods;

  private StepAgent(List<String> methods) {
    this.methods = methods;
  }

  // ---- in the test

  /**
   * The JVM option for the agent, whose jar is created in that directory.
   *
   * @param methods whose begin and end are steps: a class in the broker's package and a name
   */
  static String option(Path directory, String... methods) throws IOException {
    Path jar = directory.resolve("step-agent.jar");
    AgentJar.write(jar, StepAgent.class, Calls.class, Action.class);
    return "-javaagent:" + jar + "=" + directory + "#" + String.join("#", methods);
  }

  /**
   * Plans that something happens to the new broker.
   *
   * @param old the pid of the old one
   */
  static void planForNew(Path directory, long old, Action action, String step) throws IOException {
    plan(directory, old, "new " + action + " " + step);
  }

  static void plan(Path directory, long old, String... plans) throws IOException {
    for (String side : List.of("old", "new")) {
      Files.deleteIfExists(directory.resolve("reached-by-" + side));
    }
    Path draft = directory.resolve("draft");
    Files.writeString(draft, old + "\n" + String.join("\n", plans) + "\n");
    Files.move(draft, directory.resolve("plan"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Lets the brokers go on, and forgets all plans. */
  static void letGo(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve("plan"));
  }

  /** Has the pid of that broker when its step was reached. */
  static Path reached(Path directory, String side) {
    return directory.resolve("reached-by-" + side);
  }

  // ---- in the brokers

  public static void premain(String argument, Instrumentation instrumentation) {
    List<String> words = List.of(argument.split("#"));
    plan = Path.of(words.getFirst(), "plan");
    instrumentation.addTransformer(new StepAgent(words.subList(1, words.size())));
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
    List<String> ofClass = new ArrayList<>();
    for (String method : methods) {
      String type = PACKAGE + method.substring(0, method.lastIndexOf('.'));
      if (type.replace('.', '/').equals(name)) {
        ofClass.add(method);
      }
    }
    if (ofClass.isEmpty()) {
      return null;
    }
    ClassFile classFile = ClassFile.of();
    byte[] changed = bytes;
    for (String method : ofClass) {
      String simple = method.substring(method.lastIndexOf('.') + 1);
      changed =
          classFile.transformClass(
              classFile.parse(changed),
              ClassTransform.transformingMethods(
                  it -> it.methodName().equalsString(simple) && it.code().isPresent(),
                  MethodTransform.transformingCode(new Calls(method))));
    }
    return changed;
  }

  private record Calls(String method) implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      code.ldc("enter " + method).invokestatic(SELF, "reached", OF_STEP);
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (element instanceof ReturnInstruction) {
        code.ldc("leave " + method).invokestatic(SELF, "reached", OF_STEP);
      }
      code.with(element);
    }
  }

  /** Called by the broker's methods. */
  public static void reached(String step) {
    try {
      List<String> lines = Files.readAllLines(plan);
      long self = ProcessHandle.current().pid();
      String side = lines.getFirst().equals("" + self) ? "old" : "new";
      for (String line : lines) {
        String[] words = line.split(" ", 3);
        if (words.length == 3 && words[0].equals(side) && words[2].equals(step) && !isRehearsal()) {
          act(Action.valueOf(words[1]), side, self, lines);
        }
      }
    } catch (NoSuchFileException e) {
      // Nothing is planned.
      return;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A rehearsal runs the same code without clients. */
  private static boolean isRehearsal() {
    return Arrays.stream(Thread.currentThread().getStackTrace())
        .anyMatch(it -> it.getClassName().startsWith(PACKAGE + "Rehearsal"));
  }

  private static void act(Action action, String side, long self, List<String> lines)
      throws IOException {
    Path reached = plan.resolveSibling("reached-by-" + side);
    Path draft = plan.resolveSibling("reached-draft-" + side);
    Files.writeString(draft, "" + self);
    Files.move(draft, reached, StandardCopyOption.ATOMIC_MOVE);
    switch (action) {
      case THROW -> throw new IllegalStateException("injected");
      case ERROR -> throw new StackOverflowError("injected");
      case KILL -> {
        new ProcessBuilder("kill", "-9", "" + self).start();
        LockSupport.parkNanos(TimeUnit.MINUTES.toNanos(1));
      }
      case WAIT -> {
        while (lines.equals(Files.readAllLines(plan))) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
      }
    }
  }
}
