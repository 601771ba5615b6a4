package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.HostNames;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import java.util.List;

/**
 * Looks up a host name for a client. The thread and the memory of an answer are charged to it until
 * the lookup is over, even if nobody waits for the outcome any more, because nobody can end a
 * lookup early. Loop thread only.
 */
final class Lookup {
  /** The memory that an unchecked resolver answer can take. */
  private static final int ANSWER_BYTES = 1 << 20;

  private Outcome outcome;

  private Lookup(Outcome outcome) {
    this.outcome = outcome;
  }

  /** Receives what was found. */
  interface Outcome {
    /**
     * Called once on the loop, never inside {@link #begin}.
     *
     * @param addresses the addresses found; null if the lookup failed
     * @param refusal why the lookup failed; null if it succeeded
     */
    void done(List<Address> addresses, RefusedException refusal);
  }

  /**
   * @param name a host name and a port
   * @throws RefusedException EINVAL if it is no host name; ENOBUFS or EDQUOT if the client has too
   *     many threads already
   */
  static Lookup begin(Kernel kernel, Account account, Address name, Outcome outcome) {
    String host = canonical(name.host());
    account.check(Resource.THREADS, 1);
    account.check(Resource.BUFFERED_BYTES, ANSWER_BYTES);
    account.force(Resource.THREADS, 1);
    account.force(Resource.BUFFERED_BYTES, ANSWER_BYTES);
    Lookup lookup = new Lookup(outcome);
    kernel.lookUp(
        host,
        (found, refusal) -> {
          account.release(Resource.THREADS, 1);
          account.release(Resource.BUFFERED_BYTES, ANSWER_BYTES);
          lookup.done(name.port(), found, refusal);
        });
    return lookup;
  }

  private static String canonical(String host) {
    try {
      return HostNames.canonical(host);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Errno.EINVAL, e.getMessage());
    }
  }

  private void done(int port, List<String> found, RefusedException refusal) {
    if (outcome == null) {
      return;
    } else if (refusal != null) {
      outcome.done(null, refusal);
    } else {
      outcome.done(found.stream().map(it -> Address.inet(it, port)).toList(), null);
    }
  }

  /** Discards the outcome: nobody is waiting for it any more. */
  void cancel() {
    outcome = null;
  }
}
