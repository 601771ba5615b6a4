package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The reloads of the configuration (rule 77). The files are read outside the loop. If they are
 * valid, the new terms replace the old ones in one step; if not, nothing changes. Loop thread only.
 */
public final class Reloads {
  private final Environment environment;
  private final Accounts accounts;
  private final SessionTable sessions;
  private final Violations violations;
  private final Upgrades upgrades;
  private final Watchers watchers;

  /** Starts to read; null without a configuration file. */
  private Consumer<Set<Subject>> reader;

  private boolean isReading;

  /** The requests that the files which are read now will answer. */
  private final List<DeferredReply> asked = new ArrayList<>();

  /** The requests that came later and need another look at the files. */
  private final List<DeferredReply> next = new ArrayList<>();

  private long count;
  private long failures;

  /** Whether a signal has asked for another look at the files. */
  private boolean signalled;

  Reloads(
      Environment environment,
      Accounts accounts,
      SessionTable sessions,
      Violations violations,
      Upgrades upgrades,
      Watchers watchers) {
    this.upgrades = upgrades;
    this.environment = environment;
    this.accounts = accounts;
    this.sessions = sessions;
    this.violations = violations;
    this.watchers = watchers;
  }

  /**
   * @param starter starts to read the configuration outside the loop, and gets all who have a
   *     session. It must call {@link #done} or {@link #refused} on the loop later
   */
  public void readBy(Consumer<Set<Subject>> starter) {
    reader = starter;
  }

  void onReload(Call call) {
    call.session().checkAdministrator("reload");
    if (reader == null) {
      throw new RefusedException(
          Errno.EOPNOTSUPP, "this broker has no configuration file; start it with --config FILE");
    } else if (upgrades.isRunning()) {
      throw new RefusedException(
          Errno.EALREADY, "an upgrade is running, and the new broker reads the files itself");
    }
    DeferredReply reply = new DeferredReply(call);
    reply.begin();
    next.add(reply);
    readNext();
  }

  /** How often the configuration was reloaded since the process started. */
  long count() {
    return count;
  }

  /** How often it had errors. */
  long failures() {
    return failures;
  }

  /** Whether files are read now, so that an upgrade has to wait. */
  boolean isReading() {
    return isReading;
  }

  /** Reads what was asked for during an upgrade that was given up. */
  void resume() {
    readNext();
  }

  /** Reloads because of a signal. Does nothing without a configuration file. */
  public void onSignal() {
    signalled = reader != null;
    readNext();
  }

  private void readNext() {
    // The new broker of an upgrade has read the files already, and answers nobody who asked here.
    if (!isReading && !upgrades.isRunning() && (signalled || !next.isEmpty())) {
      isReading = true;
      signalled = false;
      asked.addAll(next);
      next.clear();
      reader.accept(sessions.all().stream().map(Session::subject).collect(Collectors.toSet()));
    }
  }

  /**
   * Applies new terms.
   *
   * @param notices what does not apply before the next start, one line for each
   */
  public void done(Terms terms, List<String> notices) {
    count++;
    try {
      apply(terms);
      asked.forEach(it -> answer(it, notices));
    } finally {
      finish();
    }
  }

  private void answer(DeferredReply to, List<String> notices) {
    if (!((Request.Reload) to.call().request()).revoke()) {
      answer(to, List.of(), notices, 0);
      return;
    }
    violations.revoke(
        to.session(),
        outcome -> {
          List<String> all = new ArrayList<>(notices);
          if (outcome.kept() > 0) {
            all.add(
                outcome.kept()
                    + " not revoked, because their raw fd was exported and others hold the"
                    + " socket: sockbroker policy violations");
          }
          answer(to, List.of(), all, outcome.revoked());
        });
  }

  /** Applies terms, without anybody who has asked for it. */
  void apply(Terms terms) {
    environment.inForce().replace(terms);
    environment.kernel().followLinks(!terms.policy().isPresent());
    accounts.onNewTerms(sessions.all());
    watchers.happened(Event.What.RELOADED, terms.policy().rules().size() + " rules");
  }

  /** Keeps the old terms, because the files have errors. */
  public void refused(List<String> errors) {
    failures++;
    try {
      asked.forEach(it -> answer(it, errors, List.of(), 0));
    } finally {
      finish();
    }
  }

  private void finish() {
    asked.clear();
    isReading = false;
    readNext();
  }

  private static void answer(
      DeferredReply to, List<String> errors, List<String> notices, int revoked) {
    to.reply(new Reply.Reloaded(errors, notices, revoked));
  }
}
