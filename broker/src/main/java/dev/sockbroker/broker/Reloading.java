package dev.sockbroker.broker;

import dev.sockbroker.broker.config.Configuration;
import dev.sockbroker.broker.config.ConfigurationSource;
import dev.sockbroker.broker.config.InvalidConfigurationException;
import dev.sockbroker.broker.core.Reloads;
import dev.sockbroker.broker.core.Terms;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.ThreadStart;
import dev.sockbroker.broker.policy.Policy;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.text.FileErrors;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again. A thread of its own reads, checks and compiles everything, and one
 * task of the loop applies it. If anything is wrong, nothing changes.
 */
final class Reloading {
  private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);

  private static final String WITHOUT_POLICY =
      "the files have no policy any more, so everything would be allowed; to do that, restart the"
          + " broker";

  private final ConfigurationSource source;

  /** What the broker was started with, which some settings keep. */
  private final Configuration started;

  /** Whether there is a policy. Only the loop changes it. */
  private volatile boolean hasPolicy;

  /** Null until the broker serves. */
  private volatile Executor loop;

  private Reloads reloads;
  private AuditLog audit;
  private MetricsDoor metrics;

  Reloading(ConfigurationSource source, Configuration started) {
    this.source = source;
    this.started = started;
    hasPolicy = started.policy().isPresent();
  }

  /** Serves requests to reload from now on. */
  void serve(Executor ofBroker, Reloads its, AuditLog log, MetricsDoor door) {
    reloads = its;
    audit = log;
    metrics = door;
    if (source.file() != null) {
      ofBroker.execute(() -> its.readBy(this::begin));
    }
    loop = ofBroker;
  }

  /** SIGHUP. Any thread. */
  void onSignal() {
    if (source.file() == null) {
      LOG.info("SIGHUP is ignored: there is no configuration file to reload");
    } else if (loop != null) {
      loop.execute(reloads::onSignal);
    }
  }

  /**
   * @param subjects whose permissions are compiled before the loop needs them
   */
  private void begin(Set<Subject> subjects) {
    if (!ThreadStart.start("reload", () -> read(subjects))) {
      refuse(List.of("no thread can be started to read the configuration; " + ThreadStart.REMEDY));
    }
  }

  private void read(Set<Subject> subjects) {
    long begin = System.nanoTime();
    try {
      Configuration next = source.read();
      if (hasPolicy && !next.policy().isPresent()) {
        // A deployment that removes files before it adds others would open everything.
        loop.execute(() -> refuse(List.of(WITHOUT_POLICY)));
        return;
      }
      Terms terms = terms(next);
      AuditWriter target = audit.open(next.audit());
      precompile(next.policy(), subjects);
      metrics.use(next.metrics());
      loop.execute(() -> apply(next, terms, target, begin));
    } catch (InvalidConfigurationException e) {
      loop.execute(() -> refuse(e.errors()));
    } catch (IOException e) {
      loop.execute(() -> refuse(List.of(FileErrors.text(e))));
    } catch (RefusedException e) {
      loop.execute(() -> refuse(List.of(e.getMessage())));
    } catch (RuntimeException e) {
      LOG.error("the configuration cannot be read", e);
      loop.execute(() -> refuse(List.of("internal error of the broker; see its log")));
    }
  }

  private Terms terms(Configuration next) throws IOException {
    return new Terms(
        Fitting.limits(started.changeable(next)),
        next.quotas(),
        next.policy(),
        next.audit().grants());
  }

  private static void precompile(Policy policy, Set<Subject> subjects) {
    subjects.forEach(policy::of);
  }

  private void apply(Configuration next, Terms terms, AuditWriter target, long beginNanos) {
    List<String> notices = started.needingRestart(next);
    hasPolicy = next.policy().isPresent();
    Logging.level(next.logLevel());
    audit.use(target);
    reloads.done(terms, notices);
    LOG.info(
        "reloaded {} in {} ms; rules: {}",
        source.file(),
        (System.nanoTime() - beginNanos) / 1_000_000,
        terms.policy().rules().size());
    notices.forEach(it -> LOG.warn("{}", it));
  }

  private void refuse(List<String> errors) {
    reloads.refused(errors);
    errors.forEach(it -> LOG.warn("not reloaded: {}", it));
  }
}
