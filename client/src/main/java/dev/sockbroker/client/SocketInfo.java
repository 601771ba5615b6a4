package dev.sockbroker.client;

import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * A socket of the broker at the moment of {@link Broker#list} or {@link Broker#show} (contract,
 * rule 52). Immutable.
 *
 * @param id {@code 17} for {@code s17}
 * @param name null if it has none
 * @param ownerUid the user who owns the name; empty without a name
 * @param localAddress null if it is not bound, or if its Unix address is not a valid path in Java
 * @param remoteAddress null if it has had no peer, or if the peer's Unix address is not a valid
 *     path in Java
 * @param inode the number by which {@code ss -e} and /proc/net show the socket
 * @param listener the id of the socket that accepted this one, or 0
 * @param registration null without a registration, or if this session may not see the holders
 * @param unattended whether this is a listener with queued connections that nobody accepts: no
 *     accept waits, nobody is registered for ACCEPT, and no holder has the raw fd
 * @param retention how long the name keeps the socket open after its last descriptor and token;
 *     {@link Broker#FOREVER} if there is no limit; null without a name (rule 19)
 * @param closesIn what is left of the retention; null while the socket has a holder, and if the
 *     retention has no limit
 */
public record SocketInfo(
    long id,
    String name,
    OptionalLong ownerUid,
    Family family,
    SocketType type,
    SocketState state,
    SocketAddress localAddress,
    SocketAddress remoteAddress,
    long inode,
    long listener,
    RegistrationInfo registration,
    boolean unattended,
    Duration retention,
    Duration closesIn) {}
