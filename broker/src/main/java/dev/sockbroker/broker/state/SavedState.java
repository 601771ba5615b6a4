package dev.sockbroker.broker.state;

import java.util.List;

/**
 * Everything that a broker hands over: where clients connect, the contract's state, and the
 * connections of its clients.
 */
public record SavedState(
    SavedDoor door, SavedUpgrade upgrade, SavedBroker broker, List<SavedConnection> connections) {}
