package dev.sockbroker.broker;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * The logging setup until {@link Logging#configure} is called. Logback finds this class through
 * {@code META-INF/services}. Logback's own default would write DEBUG lines to stdout.
 */
public final class DefaultLogging extends ContextAwareBase implements Configurator {
  public DefaultLogging() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Logging.configureForStart(context);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
