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
 * Looks up host names with the JDK. Each lookup has a thread, unless its outcome is in the cache.
 * The caller bounds their number.
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
    HostCache.Found known = CACHE.get(host);
    if (known != null) {
      loop.execute(() -> outcome.done(known.addresses(), known.refusal()));
    } else if (!ThreadStart.start("resolver", () -> report(loop, host, outcome))) {
      RefusedException refusal = ThreadStart.refusal("look up the host '" + host + "'");
      loop.execute(() -> outcome.done(null, refusal));
    }
  }

  private static void report(Executor loop, String host, Kernel.LookedUp outcome) {
    HostCache.Found found = ask(host);
    try {
      loop.execute(() -> outcome.done(found.addresses(), found.refusal()));
    } catch (RejectedExecutionException e) {
      LOG.debug("the broker has ended before a lookup", e);
    }
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
