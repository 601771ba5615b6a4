package dev.sockbroker.client;

import java.net.InetAddress;
import java.time.Instant;

/**
 * What the kernel reports about a datagram, for the options that are on (contract, rule 50). A
 * value is null if its option is off. Immutable.
 *
 * @param tos the type of service or traffic class, 0 to 255 (IP_RECVTOS, IPV6_RECVTCLASS)
 * @param ttl the time to live or hop limit, 0 to 255 (IP_RECVTTL, IPV6_RECVHOPLIMIT)
 * @param destination the address to which it was sent (IP_PKTINFO, IPV6_RECVPKTINFO)
 * @param interfaceIndex the receiving interface (as for {@code destination})
 * @param timestamp when the kernel received it (SO_TIMESTAMPNS)
 * @param segmentSize the bytes consist of datagrams of this size, of which the last may be shorter
 *     (UDP_GRO)
 */
public record ControlData(
    Integer tos,
    Integer ttl,
    InetAddress destination,
    Integer interfaceIndex,
    Instant timestamp,
    Integer segmentSize) {}
