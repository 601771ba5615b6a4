package dev.sockbroker.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Everything about one socket, from {@link Broker#show}. Immutable.
 *
 * @param protocol the kernel's number, for instance 6 for TCP
 * @param blocking whether operations that cannot proceed wait (rule 24)
 * @param error the pending error (rule 23), for instance {@code ECONNRESET}, or null
 * @param joinRights what the name gives to its owner (rule 18); null without a name
 * @param otherRights what the name gives to other users; null without a name
 * @param waitingIn the number of waiting receives and accepts
 * @param waitingOut the number of waiting sends and connects
 * @param age of the socket, in milliseconds
 * @param holders as many as fit into one reply; none if this session may not see them (rule 52)
 * @param moreHolders the number of holders that did not fit
 * @param tokens as many as fit into one reply; none if this session may not see them
 * @param moreTokens the number of tokens that did not fit
 * @param options every readable option by the kernel's name, as in {@link SharedSocket#options}
 */
public record SocketDetails(
    SocketInfo socket,
    int protocol,
    boolean blocking,
    String error,
    Rights joinRights,
    Rights otherRights,
    int waitingIn,
    int waitingOut,
    Duration age,
    List<DescriptorInfo> holders,
    int moreHolders,
    List<TokenInfo> tokens,
    int moreTokens,
    Map<String, Object> options) {}
