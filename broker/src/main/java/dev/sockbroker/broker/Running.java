package dev.sockbroker.broker;

import dev.sockbroker.broker.core.Conductor;

/**
 * What a broker serves: the contract, and where clients connect.
 *
 * @param path null if the service manager owns the address
 */
record Running(Conductor conductor, Door door, SocketPath path, String address) {}
