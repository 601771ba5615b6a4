package dev.sockbroker.client;

import java.time.Duration;

/**
 * One row of {@link Broker#list}: a descriptor and its socket. If {@code id} is 0, it is a socket
 * without a holder, or one whose holders this session may not see, and what belongs to a holder is
 * 0, null, empty or false (contract, rule 52). Immutable.
 *
 * @param id {@code 42} for {@code d42}
 * @param session the holder's
 * @param pid of the holder, as the broker sees it
 * @param uid of the holder
 * @param client the holder's {@link Broker.Builder#clientName name for itself}
 * @param queuedIn bytes in the socket's receive queue; for a listener, the waiting connections
 * @param queuedOut bytes that the peer has not acknowledged yet
 * @param bytesIn received through this descriptor
 * @param bytesOut sent through this descriptor
 * @param age of the descriptor, of the socket if {@code id} is 0; in milliseconds
 * @param exported whether its raw fd was exported (rule 46)
 * @param ringBytes of its ring in each direction; 0 if it has none
 * @param standby the number of its replaced registration if it stands by, otherwise 0 (rule 51)
 * @param stream whether its bytes go through a stream
 */
public record DescriptorInfo(
    long id,
    SocketInfo socket,
    long session,
    int pid,
    long uid,
    String client,
    Rights rights,
    long queuedIn,
    long queuedOut,
    long bytesIn,
    long bytesOut,
    Duration age,
    boolean exported,
    int ringBytes,
    long standby,
    boolean stream) {}
