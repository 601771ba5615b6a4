package dev.sockbroker.broker.state;

/**
 * Where clients connect.
 *
 * @param listener accepts them
 * @param address a path, or @ and an abstract name
 * @param lock the open lock file next to the path, null if the service manager owns the address
 * @param file device and inode of the path, as text; null if the service manager owns the address
 */
public record SavedDoor(Fd listener, String address, Fd lock, String file) {}
