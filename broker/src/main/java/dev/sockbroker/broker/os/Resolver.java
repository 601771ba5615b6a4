package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.Kernel;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up host names with the JDK. Each lookup has a virtual thread; while it waits for a
 * resolver, the JDK lends its carrier to others. The caller bounds their number.
 */
final class Resolver {
  private static final Logger LOG = LoggerFactory.getLogger(Resolver.class);

  /**
   * The most addresses of a host. All are checked for denials, on the loop, and a name with more is
   * refused, because one that was not checked could be a denied one.
   */
  private static final int ADDRESSES_MAX = 64;

  private static final HostCache CACHE = HostCache.replaceOfJdk();

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
    HostCache.Found known = CACHE.get(host);
    HostCache.Found found = known == null ? ask(host) : known;
    return () -> outcome.done(found.addresses(), found.refusal());
  }

  private static HostCache.Found ask(String host) {
    try {
      InetAddress[] addresses = InetAddress.getAllByName(host);
      if (addresses.length > ADDRESSES_MAX) {
        return CACHE.put(host, null, tooMany(host, addresses.length));
      }
      return CACHE.put(
          host, Arrays.stream(addresses).map(InetAddress::getHostAddress).toList(), null);
    } catch (UnknownHostException e) {
      return CACHE.put(host, null, unknown(host, e));
    }
  }

  private static RefusedException tooMany(String host, int count) {
    return new RefusedException(
        Errno.E2BIG,
        "the host '"
            + host
            + "' has "
            + count
            + " addresses (expected: at most "
            + ADDRESSES_MAX
            + ")");
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
