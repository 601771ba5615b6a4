package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.util.List;
import java.util.Map;

/**
 * Everything that a broker counts, at one moment. What is counted over time begins with the
 * broker's process.
 *
 * @param info the numbers that the command line shows as well
 * @param sockets how many there are of each kind and state
 * @param names the named sockets, at most as many as were asked for
 * @param namesLeftOut how many names are missing there
 * @param requests the outcomes by the kind of request
 * @param errors the refusals by the name of the error
 * @param denials the refusals by the policy
 * @param events the network events that were reported
 * @param expiredRetentions the sockets that were closed because their retention was over
 * @param bytesIn by lane
 * @param bytesOut by lane
 * @param resources the limits and what is used of them, by resource
 * @param users what users have of each resource, by uid, at most as many as were asked for
 * @param reloads how often the configuration was reloaded
 * @param reloadFailures how often it had errors
 * @param rules how many rules the policy has
 * @param audited the entries of the audit, and those that were left out
 */
public record Measures(
    Reply.BrokerInfo info,
    Map<Kind, Integer> sockets,
    List<Reply.NameInfo> names,
    int namesLeftOut,
    Map<String, Outcomes> requests,
    Map<String, Long> errors,
    long denials,
    long events,
    long expiredRetentions,
    Map<String, Long> bytesIn,
    Map<String, Long> bytesOut,
    Map<String, Usage> resources,
    Map<Long, Map<String, Usage>> users,
    long reloads,
    long reloadFailures,
    int rules,
    Audited audited) {

  /** Sockets of one kind in one state. */
  public record Kind(Family family, SocketType type, SocketState state) {}

  /** How many requests of a kind had which outcome. */
  public record Outcomes(long answered, long refused) {}

  /**
   * What is used of a resource, and the limit.
   *
   * @param limit {@link #UNLIMITED} without one
   */
  public record Usage(long used, long limit) {
    public static final long UNLIMITED = -1;
  }

  /** The entries of the audit that were recorded, and those that were left out. */
  public record Audited(long recorded, long leftOut) {}
}
