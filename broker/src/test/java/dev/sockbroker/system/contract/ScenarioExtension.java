package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs a {@link Scenario} in each of its settings and records the results for the table. */
final class ScenarioExtension implements TestTemplateInvocationContextProvider {
  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return context.getRequiredTestMethod().isAnnotationPresent(Scenario.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    Scenario scenario = context.getRequiredTestMethod().getAnnotation(Scenario.class);
    List<TestTemplateInvocationContext> runs = new ArrayList<>();
    for (Family family : scenario.on().families()) {
      runs.add(new Run(scenario, new Setting(false, family)));
      if (scenario.registers()) {
        runs.add(new Run(scenario, new Setting(true, family)));
      }
    }
    return runs.stream();
  }

  /** One run of a scenario. */
  private record Run(Scenario scenario, Setting setting)
      implements TestTemplateInvocationContext, ParameterResolver, AfterTestExecutionCallback {
    private static final ExtensionContext.Namespace SPACE =
        ExtensionContext.Namespace.create(ScenarioExtension.class);

    @Override
    public String getDisplayName(int number) {
      return scenario.id() + " " + setting;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Scene.class;
    }

    @Override
    public Scene resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getStore(SPACE)
          .computeIfAbsent(Scene.class, type -> newScene(Suite.of(context)), Scene.class);
    }

    private Scene newScene(Suite suite) {
      return new Scene(suite, setting);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
      Throwable failure = context.getExecutionException().orElse(null);
      try {
        if (failure == null) {
          context.getStore(SPACE).get(Scene.class, Scene.class).end();
        }
      } catch (AssertionError e) {
        failure = e;
        throw e;
      } finally {
        Suite.of(context).report().add(scenario, setting, failure);
      }
    }
  }
}
