package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up host names with the JDK, which caches what it finds (networkaddress.cache.ttl). Each
 * lookup has a virtual thread; while it waits for a resolver, the JDK lends its carrier to others.
 * The caller bounds their number.
 */
final class Resolver {
  private static final Logger LOG = LoggerFactory.getLogger(Resolver.class);

  private Resolver() {}

  /**
   * @param loop runs the outcome
   */
  static void lookUp(String host, Executor loop, Kernel.LookedUp outcome) {
    Runnable lookup = () -> report(loop, found(host, outcome));
    if (!ThreadStart.attempt(() -> Thread.ofVirtual().name("resolver").start(lookup))) {
      loop.execute(
          () ->
              outcome.done(
                  null, new RefusedException(Errno.EAGAIN, "no thread can start to look it up")));
    }
  }

  private static void report(Executor loop, Runnable found) {
    try {
      loop.execute(found);
    } catch (RejectedExecutionException e) {
      LOG.debug("the broker has ended before a lookup", e);
    }
  }

  private static Runnable found(String host, Kernel.LookedUp outcome) {
    try {
      List<String> addresses =
          Arrays.stream(InetAddress.getAllByName(host)).map(InetAddress::getHostAddress).toList();
      return () -> outcome.done(addresses, null);
    } catch (UnknownHostException e) {
      return () -> outcome.done(null, unknown(host, e));
    }
  }

  /** The JDK's message ends with the reason of the system's resolver. */
  private static RefusedException unknown(String host, UnknownHostException why) {
    String text = String.valueOf(why.getMessage());
    int colon = text.lastIndexOf(": ");
    String reason = colon < 0 ? "" : " (" + text.substring(colon + 2) + ")";
    return new RefusedException(
        Errno.ENOENT, "the broker finds no address of the host '" + host + "'" + reason);
  }
}
