package dev.sockbroker.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.sockbroker.broker.Configuration.LogFormat;

/**
 * The logging setup until {@link Logging#configure} is called. Logback finds this class through
 * {@code META-INF/services}. Logback's own default would write DEBUG lines to stdout.
 */
public final class DefaultLogging extends ContextAwareBase implements Configurator {
  public DefaultLogging() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Logging.configure(context, Level.WARN, LogFormat.AUTO);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
