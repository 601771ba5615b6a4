package dev.sockbroker.broker.state;

import java.util.List;

/**
 * Everything that the contract knows. All times are of {@link System#nanoTime}, which all processes
 * of a machine share.
 *
 * @param lastSession the last id that was given to a session, likewise for the others; no id is
 *     given twice
 * @param descriptors also those that were closed while a ring still sends their bytes
 */
public record SavedBroker(
    long startedNanos,
    long lastSession,
    long lastSocket,
    long lastDescriptor,
    long lastToken,
    long lastObject,
    List<SavedSession> sessions,
    List<SavedSocket> sockets,
    List<SavedDescriptor> descriptors,
    List<SavedProcess> processes,
    List<SavedToken> tokens) {}
