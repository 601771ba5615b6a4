package dev.sockbroker.agent;

import dev.sockbroker.agent.boot.RedirectedCalls;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Redirects calls in classes of the JDK, while they are loaded or, if they are, again. */
final class Redirector implements ClassFileTransformer {
  private static final String TARGET = RedirectedCalls.class.getName().replace('.', '/');

  /** The methods that can be redirected, with their types. */
  private static final Set<String> METHODS =
      Arrays.stream(RedirectedCalls.class.getMethods())
          .map(Redirector::text)
          .collect(Collectors.toSet());

  private final List<Redirection> redirections;

  /** Must be asked without lambdas, whose first use loads classes of the JDK. */
  private final Set<String> callers;

  /** Those that have found a call. Another agent can make the JVM ask again, on any thread. */
  private final Set<Redirection> done = ConcurrentHashMap.newKeySet();

  private Redirector(List<Redirection> redirections) {
    this.redirections = redirections;
    callers = redirections.stream().map(Redirection::caller).collect(Collectors.toSet());
  }

  private static String text(Method method) {
    MethodType type = MethodType.methodType(method.getReturnType(), method.getParameterTypes());
    return method.getName() + type.toMethodDescriptorString();
  }

  /**
   * @throws IllegalStateException if a class does not make a call that is to be redirected
   */
  static void install(List<Redirection> redirections, Instrumentation instrumentation) {
    Redirector redirector = new Redirector(redirections);
    instrumentation.addTransformer(redirector, true);
    try {
      Class<?>[] classes =
          redirector.callers.stream()
              .map(it -> Jdk.type(it.replace('/', '.')))
              .toArray(Class<?>[]::new);
      // those that were loaded just now have been transformed, and are transformed once more
      instrumentation.retransformClasses(classes);
    } catch (UnmodifiableClassException e) {
      throw new IllegalStateException("the JDK's classes cannot be changed", e);
    }
    for (Redirection it : redirections) {
      if (!redirector.done.contains(it)) {
        throw new IllegalStateException(
            "Java %s has no call of %s".formatted(System.getProperty("java.version"), it));
      }
    }
  }

  @Override
  public byte[] transform(
      Module module,
      ClassLoader loader,
      String name,
      Class<?> before,
      ProtectionDomain domain,
      byte[] classFile) {
    return loader == null && callers.contains(name)
        ? new ConstantPool(classFile).redirect(TARGET, new Calls(name))
        : null;
  }

  /** The calls of one class that are redirected. */
  private final class Calls implements ConstantPool.Choice {
    private final String caller;

    Calls(String caller) {
      this.caller = caller;
    }

    @Override
    public boolean includes(String owner, String method, String descriptor) {
      Redirection call = new Redirection(caller, owner, method);
      boolean is = redirections.contains(call) && METHODS.contains(method + descriptor);
      if (is) {
        done.add(call);
      }
      return is;
    }
  }
}
